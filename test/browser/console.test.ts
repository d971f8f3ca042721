import { vi } from "vitest";
import { questionsOf } from "../../apps/sandbox/src/questions.js";
import { accesses } from "./console/accesses.js";
import { agreements } from "./console/agreements.js";
import { consents } from "./console/consents.js";
import { openDesk } from "./console/desk.js";
import { emergencies } from "./console/emergencies.js";
import { everyPage } from "./console/every-page.js";
import { handingOn } from "./console/handing-on.js";
import { investigations } from "./console/investigations.js";
import { requests } from "./console/requests.js";

vi.setConfig({ testTimeout: 120_000 });

/** To a data-protection officer. Pictures of each page stay in `.weft/screens` for somebody to look at. */
const desk = openDesk(async (orvanda) => {
  const { eligibility, roster } = questionsOf(orvanda.country);
  for (const question of [eligibility, roster]) await orvanda.ask(question);
});

accesses(desk);
investigations(desk);
emergencies(desk);
requests(desk);
handingOn(desk);
consents(desk);
everyPage(desk);
agreements(desk);
