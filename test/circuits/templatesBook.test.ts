import { book } from "./templates/book.ts";
import { rows } from "./templates/rows.ts";
import { settle } from "./templates/settle.ts";
import { transcript } from "./templates/transcript.ts";
import { describeTemplates } from "./templates/suite.ts";

describeTemplates("Templates for words, books and rows:", [...transcript, ...book, ...settle, ...rows]);
