import type { LetterLanguage } from "./request-api.js";

/** What stands in a letter besides names out of the contracts. A person reads this, at home, alone. */
export interface LetterWords {
  readonly title: string;
  readonly lead: (organisation: string, from: string, until: string) => string;
  readonly none: string;
  readonly staff: (letter: string) => string;
  readonly asked: string;
  readonly why: string;
  readonly data: string;
  readonly from: string;
  readonly basis: string;
  readonly place: string;
  readonly outcomes: Readonly<Record<string, string>>;
  readonly withheld: (count: number) => string;
  readonly covers: string;
  readonly states: Readonly<Record<"complete" | "missing" | "declined", string>>;
  readonly says: string;
  readonly coversAll: string;
  readonly coversHouses: string;
  readonly provesNot: readonly string[];
  readonly check: string;
  readonly bases: Readonly<Record<string, string>>;
  readonly categories: Readonly<Record<string, string>>;
}

const english: LetterWords = {
  title: "Who looked at your data",
  lead: (organisation, from, until) =>
    `${organisation} answers your question for the time from ${from} up to and with ${until}, counted in UTC.`,
  none: "In this time nobody looked at your data in a way that this letter covers.",
  staff: (letter) => `staff member ${letter}`,
  asked: "Who asked",
  why: "What for",
  data: "Which data",
  from: "Where it is kept",
  basis: "On what ground",
  place: "Number in the log",
  outcomes: {
    answered: "The question was answered.",
    partial: "The question was answered in part.",
    refused: "Nothing was answered.",
    interrupted: "How it ended was not reported; data may have been given.",
    open: "How it ended is not known yet.",
    erased: "How it ended was recorded, and erased in time.",
  },
  withheld: (count) =>
    count === 1
      ? "One more access is not told here yet: a law lets you hear of it later."
      : `${count} more accesses are not told here yet: a law lets you hear of them later.`,
  covers: "Whose accesses this letter covers",
  states: { complete: "complete", missing: "has not answered yet", declined: "gave no part" },
  says: "What this letter covers, and what it does not prove",
  coversAll:
    "It covers every access by way of Weft, by any organisation, in that time, to data under the numbers that you gave.",
  coversHouses:
    "It covers accesses by way of Weft in that time, to data under the numbers that you gave, in which the organisations named above asked or were asked.",
  provesNot: [
    "It does not cover what happens inside one organisation without Weft, on paper, by telephone or in its own system.",
    "It does not cover what was before the log began, nor records that were erased when their time was over.",
    "Each access can be proven to have been recorded before anything was read. That no other access took place cannot be proven to you by this letter alone.",
    "That an access is recorded does not mean that it was right. You may ask for its reason, and you may complain to the data-protection authority.",
  ],
  check:
    "The file that came with this letter is signed and holds a proof for each access. Anybody can check it without us: on the page “Verify a proof” of the console, or by the command weft log verify.",
  bases: {
    CONSENT: "your consent",
    CONTRACT: "a contract with you",
    LEGAL_OBLIGATION: "an obligation in law",
    VITAL_INTEREST: "to save a life",
    PUBLIC_TASK: "a public task",
    LEGITIMATE_INTEREST: "a legitimate interest",
  },
  categories: {
    identity: "who you are",
    household: "your household",
    location: "where you live",
    "socio-economic": "your living conditions",
    benefits: "benefits and programmes",
    payments: "payments to you",
    health: "health and disability",
    education: "school and learning",
  },
};

const arabic: LetterWords = {
  title: "من اطلع على بياناتك",
  lead: (organisation, from, until) =>
    `تجيب ${organisation} عن سؤالك للفترة من ${from} حتى نهاية ${until} بالتوقيت العالمي.`,
  none: "في هذه الفترة لم يطلع أحد على بياناتك فيما تشمله هذه الرسالة.",
  staff: (letter) => `الموظف ${letter}`,
  asked: "من طلب",
  why: "لأي غرض",
  data: "أي بيانات",
  from: "أين تُحفظ",
  basis: "على أي أساس",
  place: "الرقم في السجل",
  outcomes: {
    answered: "أُجيب عن الطلب.",
    partial: "أُجيب عن جزء من الطلب.",
    refused: "لم يُجب عن شيء.",
    interrupted: "لم تُبلَّغ النهاية؛ وقد تكون بيانات أُعطيت.",
    open: "لم تُعرف النهاية بعد.",
    erased: "قُيّدت النهاية ثم مُحيت في أوانها.",
  },
  withheld: (count) => `اطلاعات أخرى لا تُذكر هنا بعد، إذ يجيز القانون أن تعلم بها لاحقا: ${count}.`,
  covers: "اطلاعات من تشملها هذه الرسالة",
  states: { complete: "كاملة", missing: "لم تجب بعد", declined: "لم تعط نصيبها" },
  says: "ما تشمله هذه الرسالة، وما لا تثبته",
  coversAll: "تشمل كل اطلاع عبر Weft من أي مؤسسة في تلك الفترة على بيانات تحت الأرقام التي أعطيتها.",
  coversHouses:
    "تشمل الاطلاعات عبر Weft في تلك الفترة على بيانات تحت الأرقام التي أعطيتها، مما طلبته المؤسسات المذكورة أعلاه أو طُلب منها.",
  provesNot: [
    "لا تشمل ما يجري داخل مؤسسة واحدة دون Weft، على الورق أو بالهاتف أو في نظامها الخاص.",
    "لا تشمل ما كان قبل بداية السجل، ولا القيود التي مُحيت بعد انقضاء مدتها.",
    "يمكن إثبات أن كل اطلاع قُيّد قبل قراءة أي شيء. أما أنه لم يكن هناك اطلاع آخر فلا تثبته لك هذه الرسالة وحدها.",
    "قيد الاطلاع لا يعني أنه كان مشروعا. لك أن تسأل عن سببه، ولك أن تشتكي إلى سلطة حماية البيانات.",
  ],
  check:
    "الملف المرافق لهذه الرسالة موقّع، وفيه إثبات لكل اطلاع. يستطيع أي أحد أن يتحقق منه دوننا: في صفحة «التحقق من إثبات» في الواجهة، أو بالأمر weft log verify.",
  bases: {
    CONSENT: "موافقتك",
    CONTRACT: "عقد معك",
    LEGAL_OBLIGATION: "التزام قانوني",
    VITAL_INTEREST: "إنقاذ حياة",
    PUBLIC_TASK: "مهمة عامة",
    LEGITIMATE_INTEREST: "مصلحة مشروعة",
  },
  categories: {
    identity: "من أنت",
    household: "أسرتك",
    location: "مكان سكنك",
    "socio-economic": "ظروف معيشتك",
    benefits: "الإعانات والبرامج",
    payments: "ما يُدفع لك",
    health: "الصحة والإعاقة",
    education: "المدرسة والتعلم",
  },
};

export const letterWords: Readonly<Record<LetterLanguage, LetterWords>> = { en: english, ar: arabic };
