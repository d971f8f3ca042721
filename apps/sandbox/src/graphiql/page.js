// The page's script. Plain browser code: there is no bundler between it and the reader.
import { envelopeOf, invitation } from "./envelope.js";

const { personas, purposes, questions, names, gateway } = await (await fetch("/sandbox.json")).json();
const find = (id) => document.getElementById(id);
const [persona, purpose, caseId, explain, envelope] = ["persona", "purpose", "case", "explain", "envelope"].map(find);
const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
persona.append(...personas.map(({ name, label }) => option(name, label)));
purpose.append(...purposes.map((code) => option(code, code)));

/** Who asks, and what was answered, belong to a tab: its `id`, once GraphiQL has told it. */
const tabs = new Map();
let current = { asked: questionOf(questions[0].query), who: whoOf(questions[0].persona) };

function questionOf(query) {
  return questions.find((question) => question.query === query);
}

function whoOf(name) {
  const found = personas.find((candidate) => candidate.name === name);
  return { persona: found.name, purpose: found.purpose, caseId: found.caseId ?? "", explain: explain.checked };
}

function showWho({ who }) {
  persona.value = who.persona;
  purpose.value = who.purpose;
  caseId.value = who.caseId;
  explain.checked = who.explain;
}

function readWho() {
  current.who = { persona: persona.value, purpose: purpose.value, caseId: caseId.value, explain: explain.checked };
}

function showEnvelope() {
  const { asked, answer, isAsking, who } = current;
  const { label } = personas.find(({ name }) => name === who.persona);
  const title = asked?.title;
  const shown = answer ? envelopeOf(answer, { title, names, gateway }) : invitation({ title, label, isAsking });
  envelope.replaceChildren(...shown);
  envelope.scrollTop = 0;
}

persona.addEventListener("change", () => {
  current.who = { ...whoOf(persona.value), explain: explain.checked };
  showWho(current);
  if (!current.answer) showEnvelope();
});
for (const control of [purpose, caseId, explain]) control.addEventListener("change", readWho);
find("who").addEventListener("submit", (event) => event.preventDefault());

async function ask({ query, variables, operationName }) {
  const introspects = operationName === "IntrospectionQuery";
  readWho();
  const tab = current;
  const { explain: onlyExplain, caseId: name, ...who } = tab.who;
  // For a moment after a tab is chosen, GraphiQL still names the operation of the one before.
  const isNamed = new RegExp(`\\bquery\\s+${operationName}\\b`).test(query);
  const asked = {
    ...who,
    caseId: name || undefined,
    explain: onlyExplain && !introspects,
    query,
    variables,
    operationName: isNamed ? operationName : undefined,
  };
  if (introspects) return send(asked);
  Object.assign(tab, { answer: undefined, isAsking: true });
  showEnvelope();
  tab.answer = await send(asked);
  tab.isAsking = false;
  if (tab === current) showEnvelope();
  return tab.answer;
}

async function send(asked) {
  const headers = { "content-type": "application/json" };
  try {
    return await (await fetch("/ask", { method: "POST", headers, body: JSON.stringify(asked) })).json();
  } catch {
    return { errors: [{ message: "The sandbox does not answer. Is npm start still running?" }] };
  }
}

/** GraphiQL tells of its tabs only when one changes; the first of them is the one that was there before. */
function onTabChange({ tabs: all, activeTabIndex }) {
  if (tabs.size === 0) tabs.set(all[0].id, current);
  const { id, query } = all[activeTabIndex];
  const asked = questionOf(query);
  if (!tabs.has(id)) tabs.set(id, { asked, who: asked ? whoOf(asked.persona) : current.who });
  if (tabs.get(id) === current) return;
  current = tabs.get(id);
  showWho(current);
  showEnvelope();
}

/** Nothing that was asked outlives the page. */
function memory(first) {
  const kept = new Map(first);
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
    get length() {
      return kept.size;
    },
  };
}

/** GraphiQL's editors take the Tab key for themselves and have no name for those who cannot see them. */
function makeReachable(region) {
  region.addEventListener(
    "keydown",
    (event) => event.key === "Tab" && event.target.closest(".CodeMirror") && event.stopPropagation(),
    true,
  );
  const name = (field) => field.setAttribute("aria-label", field.closest("section").getAttribute("aria-label"));
  const nameAll = () => region.querySelectorAll("section textarea:not([aria-label])").forEach(name);
  new MutationObserver(nameAll).observe(region, { childList: true, subtree: true });
}

const defaultTabs = questions.map(({ query, variables }) => ({ query, variables: JSON.stringify(variables, null, 2) }));
showWho(current);
showEnvelope();
makeReachable(find("ask"));
ReactDOM.createRoot(find("ask")).render(
  React.createElement(GraphiQL, {
    fetcher: ask,
    // The first tab's variables are taken from here, not from the tab.
    storage: memory([["graphiql:variables", defaultTabs[0].variables]]),
    onTabChange,
    shouldPersistHeaders: false,
    isHeadersEditorEnabled: false,
    defaultEditorToolsVisibility: "variables",
    defaultTabs,
  }),
);
