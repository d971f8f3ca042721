import { expect, test } from "vitest";
import { dciYaml } from "./dci/dci.fixture.js";
import { fhirYaml } from "./fhir/fhir.fixture.js";
import { configOf } from "./rest/insurance.fixture.js";
import { restKind } from "./rest/rest.fixture.js";
import { smallCallsOf } from "./small-calls.js";
import { soapYaml } from "./soap/soap.fixture.js";

const of = (yaml: string) => smallCallsOf(configOf(yaml));

test("what is asked for a few persons at a time is known, and what is asked for all at once is not among it", () => {
  expect(of(soapYaml)).toEqual([{ resource: "contributions", perCall: 1 }]);
  expect(of(restKind.yaml)).toEqual([]);
  expect(of(dciYaml)).toEqual([]);
  expect(of(dciYaml.replace("pageSize: 100", "pageSize: 100, perCall: 20"))).toEqual([
    { resource: "contributions", perCall: 20 },
  ]);
  expect(of(fhirYaml.replace("maxPages: 5", "perCall: 50")).map(({ perCall }) => perCall)).toEqual([50, 50, 50]);
});
