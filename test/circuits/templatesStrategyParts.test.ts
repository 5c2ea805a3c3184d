import { describeTemplates } from "./templates/suite.ts";
import { strategyParts } from "./templates/strategyParts.ts";

describeTemplates("Templates for a strategy's parameters, regime and sleeve:", strategyParts);
