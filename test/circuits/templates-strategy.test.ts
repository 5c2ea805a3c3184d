import { strategy } from "./templates/strategy.ts";
import { describeTemplates } from "./templates/suite.ts";

describeTemplates("Templates for strategies:", strategy);
