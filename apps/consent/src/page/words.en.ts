/** What the person's page says. Another language is a file of the same form. */
export interface Catalogue {
  readonly name: string;
  readonly other: string;
  readonly skip: string;
  readonly error: string;
  readonly enter: {
    readonly title: string;
    readonly intro: string;
    readonly code: string;
    readonly codeHint: string;
    readonly scheme: string;
    readonly number: string;
    readonly numberHint: string;
    readonly go: string;
    readonly nothing: string;
    readonly takeBack: string;
  };
  readonly request: {
    readonly title: string;
    readonly forWhom: string;
    readonly ward: string;
    readonly wardNumber: string;
    readonly wardHint: string;
    readonly who: string;
    readonly why: string;
    readonly what: string;
    readonly tick: string;
    readonly heldBy: string;
    readonly until: string;
    readonly case: string;
    readonly no: string;
    readonly noText: string;
    readonly back: string;
    readonly give: string;
    readonly refuse: string;
    readonly silence: string;
    readonly silenceHint: string;
    readonly nothingTicked: string;
  };
  readonly given: {
    readonly title: string;
    readonly intro: string;
    readonly what: string;
    readonly code: string;
    readonly keep: string;
    readonly print: string;
    readonly where: string;
  };
  readonly refused: {
    readonly title: string;
    readonly text: string;
    readonly silenced: string;
    readonly code: string;
    readonly keep: string;
    readonly without: string;
  };
  readonly hearAgain: {
    readonly title: string;
    readonly intro: string;
    readonly code: string;
    readonly go: string;
    readonly nothing: string;
    readonly done: string;
    readonly doneText: string;
  };
  readonly takeBack: {
    readonly title: string;
    readonly intro: string;
    readonly code: string;
    readonly codeHint: string;
    readonly go: string;
    readonly unknown: string;
    readonly done: string;
    readonly doneText: string;
  };
  readonly over: { readonly title: string; readonly text: string; readonly again: string };
  readonly failed: { readonly title: string; readonly text: string; readonly sure: string; readonly again: string };
  readonly paper: { readonly title: string; readonly heading: string; readonly how: string; readonly privacy: string };
}

export const english: Catalogue = {
  name: "English",
  other: "Language",
  skip: "Skip to the main part",
  error: "Error",
  enter: {
    title: "You were asked for a consent",
    intro:
      "An office gave you a code. Enter it here to read what the office asks, and to answer. You need not say yes.",
    code: "Code",
    codeHint: "12 letters and digits, for example K7MP‑2X4R‑9TWA",
    scheme: "Kind of number",
    number: "Your own number",
    numberHint: "The number under which the office knows you. It shows that it is you who answers.",
    go: "Read the request",
    nothing:
      "There is nothing to answer with this code and this number. Look at both again. A code also ends after some days, once it was used, and after five tries.",
    takeBack: "Take back a consent that you gave",
  },
  request: {
    title: "An office asks for your consent",
    forWhom: "For whom you answer",
    ward: "For the person in your care, not for yourself. You are named as their guardian.",
    wardNumber: "Their number ends in",
    wardHint: "It ends when they come of age, or when you are no longer their guardian.",
    who: "Who asks",
    why: "What for",
    what: "What it would see",
    tick: "Tick what you agree to. What you leave out stays closed.",
    heldBy: "Kept by",
    until: "Until",
    case: "Reference at the office",
    no: "If you say no",
    noText: "Nothing happens. No reason is asked, and the office is not told what you answered.",
    back: "You can take it back at any time.",
    give: "I agree to what I ticked",
    refuse: "I do not agree",
    silence: "I do not agree, and this office is not to ask me again",
    silenceHint:
      "The office is not told that either. Its later requests are not shown to you. You are given a code, in case you change your mind.",
    nothingTicked: "Tick at least one, or choose: I do not agree.",
  },
  given: {
    title: "Your consent is recorded",
    intro: "This is what you agreed to:",
    what: "What it may see",
    code: "With this code you take it back",
    keep: "Keep the code. It is shown this one time. Whoever has it can end this consent, and can see nothing with it.",
    print: "Print the half page (PDF)",
    where: "On this site, at the counter of any office that takes part, or by telephone with one of them.",
  },
  refused: {
    title: "Your answer is recorded",
    text: "Nothing is passed on. The office is not told what you answered.",
    silenced: "What this office asks later is not shown to you.",
    code: "With this code you let it ask again",
    keep: "Keep the code, in case you change your mind. It is shown this one time. It works together with your own number only, and gives nothing to anybody.",
    without: "Without the code: at the counter of any other office that takes part.",
  },
  hearAgain: {
    title: "Let an office ask you again",
    intro:
      "You said that an office is not to ask you again. If you want it to, enter the code that you were given then.",
    code: "Code from that day",
    go: "It may ask me again",
    nothing:
      "Nothing was changed with this code and this number. Look at both again. A code is worth nothing after five tries: then any other office can do it for you.",
    done: "The office may ask you again",
    doneText: "It is not told. What it asks from now on is shown to you, and you answer each time as you like.",
  },
  takeBack: {
    title: "Take back a consent",
    intro: "Enter the code from your half page. No reason is asked.",
    code: "Code from the half page",
    codeHint: "12 letters and digits, for example K7MP‑2X4R‑9TWA",
    go: "Take it back",
    unknown: "No consent has this code. Look at it again.",
    done: "The consent has ended",
    doneText: "Within seconds nothing more is read on it.",
  },
  over: {
    title: "This page is over",
    text: "It was open too long, or the request was answered. Nothing was recorded just now.",
    again: "Enter the code",
  },
  failed: {
    title: "This did not work",
    text: "The fault is ours, not yours. Wait a moment and try again.",
    sure: "Were you answering a request? Enter its code again. If it opens, nothing was recorded yet. If it does not, your answer is recorded already; a consent is then taken back at the office that asked.",
    again: "Enter the code",
  },
  paper: {
    title: "Your consent",
    heading: "You agreed",
    how: "How to take it back",
    privacy: "This paper has no name on it. The code ends the consent and shows nothing.",
  },
};
