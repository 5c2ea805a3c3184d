import { mandate } from "./templates/mandate.ts";
import { describeTemplates } from "./templates/suite.ts";

describeTemplates("Templates for the mandate:", mandate);
