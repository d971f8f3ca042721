import { dciKind } from "../dci/dci.fixture.js";
import { fhirKind } from "../fhir/fhir.fixture.js";
import { soapKind } from "../soap/soap.fixture.js";
import type { ServiceKind } from "./insurance.fixture.js";
import { restKind } from "./rest.fixture.js";

/** Every kind of service that a MIS may be asked through. What holds of one holds of all. */
export const kinds: readonly ServiceKind[] = [restKind, soapKind, dciKind, fhirKind];
