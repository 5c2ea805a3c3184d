import { strategyOrders } from "./templates/strategyOrders.ts";
import { describeTemplates } from "./templates/suite.ts";

describeTemplates("Templates for what a strategy decides:", strategyOrders);
