// Contracts whose functions and events the compiler knows: what `abi.ts` says of them, as ethers' contracts.
import { Contract, Interface } from "ethers";
import type {
  Addressable,
  BaseContract,
  BigNumberish,
  ConstantContractMethod,
  ContractMethod,
  ContractRunner,
  ContractTransactionResponse,
} from "ethers";
import { ABI } from "./abi.ts";
import type { Contracts } from "./abi.ts";

// biome-ignore lint/suspicious/noExplicitAny: nothing else is implemented by every function
type AnyFunction = (...args: any) => unknown;

/** What a contract's ABI says: functions that read, functions that take a transaction, events. */
export interface Shape {
  views: { [name in never]: AnyFunction };
  steps: { [name in never]: AnyFunction };
  events: { [name in never]: EventShape };
}
/** `indexed` can be asked for. */
export interface EventShape {
  indexed: object;
  data: object;
}

/** A value as ethers takes it, where it gives a `Value`. */
type Input<Value> = Value extends bigint
  ? BigNumberish
  : Value extends string
    ? string | Addressable
    : Value extends object
      ? { readonly [Key in keyof Value]: Input<Value[Key]> }
      : Value;
type Inputs<Args extends unknown[]> = { [Index in keyof Args]: Input<Args[Index]> };
type View<F> = F extends AnyFunction ? ConstantContractMethod<Inputs<Parameters<F>>, ReturnType<F>> : never;
type Step<F> = F extends AnyFunction
  ? ContractMethod<Inputs<Parameters<F>>, ReturnType<F>, ContractTransactionResponse>
  : never;

declare const SHAPE: unique symbol;

/** An ethers contract with the functions of a shape, and no others. */
export type TypedContract<S extends Shape> = {
  readonly [SHAPE]?: S;
  connect(runner: ContractRunner | null): TypedContract<S>;
} & { readonly [Name in keyof S["views"]]: View<S["views"][Name]> } & {
  readonly [Name in keyof S["steps"]]: Step<S["steps"][Name]>;
} & BaseContract;

type ShapeOf<C> = C extends { readonly [SHAPE]?: infer S extends Shape } ? S : never;

/** Names of what takes a transaction; of a contract that this SDK does not know, any. */
export type StepName<C> = [ShapeOf<C>] extends [never] ? string : keyof ShapeOf<C>["steps"] & string;
export type StepArgs<C, Name> = [ShapeOf<C>] extends [never]
  ? readonly unknown[]
  : Name extends keyof ShapeOf<C>["steps"]
    ? ShapeOf<C>["steps"][Name] extends AnyFunction
      ? Readonly<Inputs<Parameters<ShapeOf<C>["steps"][Name]>>>
      : never
    : never;

export type EventName<C> = keyof ShapeOf<C>["events"] & string;
type EventOf<C, Name> = Name extends keyof ShapeOf<C>["events"] ? ShapeOf<C>["events"][Name] : never;
/** Indexed arguments that an event is to have; those left out may be any. */
export type EventFilter<C, Name> =
  EventOf<C, Name> extends { indexed: infer Indexed }
    ? { readonly [Key in keyof Indexed]?: Input<Indexed[Key]> | undefined }
    : never;
export type EventArgs<C, Name> =
  EventOf<C, Name> extends { indexed: infer Indexed; data: infer Data } ? Indexed & Data : never;

export type ContractName = keyof Contracts & string;
export type ContractOf<Name extends ContractName> = TypedContract<Contracts[Name]>;

export const contractNames = Object.keys(ABI) as ContractName[];
const interfaces = new Map<ContractName, Interface>();

/** Functions, events and errors of a contract. */
export function interfaceOf(name: ContractName): Interface {
  let found = interfaces.get(name);
  if (found === undefined) interfaces.set(name, (found = new Interface(ABI[name])));
  return found;
}

/** The name of the function that a transaction calls, for a person. */
export function stepNameOf(data: string): string {
  const selector = data.slice(0, 10);
  const faces = contractNames.map(interfaceOf);
  const found = faces.map((face) => face.hasFunction(selector) && face.getFunctionName(selector)).find(Boolean);
  return found || (data === "0x" ? "a transfer" : `a call of ${selector}`);
}

export const contractAt = <Name extends ContractName>(
  name: Name,
  address: string,
  runner: ContractRunner,
): ContractOf<Name> => new Contract(address, interfaceOf(name), runner) as unknown as ContractOf<Name>;
