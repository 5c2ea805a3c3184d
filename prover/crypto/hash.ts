import { concatBytes } from "@noble/hashes/utils.js";
import { keccak256 } from "ethers";
import { wordBytes } from "../base/field.ts";

/** keccak256 of words as 32 big-endian bytes each: how contracts hash a vector of words. */
export const keccakWords = (words: readonly bigint[]): string => keccak256(concatBytes(...words.map(wordBytes)));
