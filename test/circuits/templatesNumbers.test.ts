import { numeric } from "./templates/numeric.ts";
import { describeTemplates } from "./templates/suite.ts";

describeTemplates("Templates for numbers:", numeric);
