import { book } from "./book.ts";
import { mandate } from "./mandate.ts";
import { numeric } from "./numeric.ts";
import { rows } from "./rows.ts";
import { sealing } from "./sealing.ts";
import { settle } from "./settle.ts";
import { strategyOrders } from "./strategyOrders.ts";
import { strategyParts } from "./strategyParts.ts";
import type { TemplateCases } from "./template.ts";
import { transcript } from "./transcript.ts";

/** Every template of circuits/lib and circuits/strategy that states something, with its cases. */
export const templates: readonly TemplateCases[] = [
  ...numeric,
  ...transcript,
  ...book,
  ...settle,
  ...rows,
  ...mandate,
  ...sealing,
  ...strategyParts,
  ...strategyOrders,
];
