// Prints what csp_evaluator finds in the policy on standard input, one finding a line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { CspEvaluator } = require("csp_evaluator");
const { CspParser } = require("csp_evaluator/dist/parser.js");

const { csp } = new CspParser(readFileSync(0, "utf8").trim());
for (const finding of new CspEvaluator(csp).evaluate()) {
  console.log(`${finding.severity} ${finding.directive} ${finding.value ?? ""} ${finding.description}`);
}
