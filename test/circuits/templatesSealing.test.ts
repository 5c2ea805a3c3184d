import { sealing } from "./templates/sealing.ts";
import { describeTemplates } from "./templates/suite.ts";

describeTemplates("Templates for curve and seal:", sealing);
