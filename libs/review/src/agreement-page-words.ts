import type { AgreementStanding } from "./agreements-api.js";

/** What stands on the page of an agreement beside names out of the contracts. A lawyer reads it, and signs what it says. */
export interface AgreementPageWords {
  readonly standing: Readonly<Record<AgreementStanding, string>>;
  /** Of one that a side has not signed. */
  readonly proposed: string;
  readonly sides: string;
  readonly gives: string;
  readonly asks: string;
  readonly inForce: string;
  readonly period: (from: string, until: string) => string;
  readonly version: string;
  readonly request: string;
  readonly officerDay: string;
  readonly persons: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string };
  readonly oldest: string;
  readonly retention: string;
  readonly onward: string;
  readonly onwards: Readonly<Record<"none" | "agreed", string>>;
  readonly records: string;
  readonly operations: string;
  readonly modes: Readonly<Record<"within-grant" | "registered-only", string>>;
  readonly operation: string;
  readonly suspendedOperation: (name: string) => string;
  readonly grants: string;
  readonly ground: (basis: string, provision: string) => string;
  readonly bases: Readonly<Record<string, string>>;
  readonly subjects: Readonly<Record<"applicants" | "any", string>>;
  readonly notice: (delay: string, provision: string) => string;
  readonly filters: string;
  readonly signed: string;
  readonly signedHint: (day: string) => string;
  readonly signedAt: (at: string) => string;
  readonly signedWith: (key: string) => string;
  readonly theirs: (from: string, until: string) => string;
  readonly notSigned: string;
  readonly join: string;
  readonly digest: string;
  readonly meaning: string;
  /** Said by default of an agreement that is newly proposed. */
  readonly summary: (consumer: string, provider: string, purpose: string) => string;
}

const english: AgreementPageWords = {
  standing: {
    active: "In force",
    soon: "Soon over",
    over: "Over",
    later: "Not yet in force",
    suspended: "Suspended",
    terminated: "Ended",
  },
  proposed: "Proposed: not in force until both sides have signed",
  sides: "Between whom, and within which limits",
  gives: "Gives",
  asks: "May ask",
  inForce: "In force",
  period: (from, until) => `${from} to ${until}`,
  version: "Version",
  request: "In one request",
  officerDay: "For one officer in a day",
  persons: { one: "at most # person", other: "at most # persons" },
  oldest: "Data at most so old",
  retention: "Kept at most",
  onward: "Passing on",
  onwards: { none: "not allowed", agreed: "where it was agreed" },
  records: "The log knows of an access for",
  operations: "Questions",
  modes: {
    "within-grant": "any that stays within what is granted",
    "registered-only": "only those that are registered",
  },
  operation: "Registered question",
  suspendedOperation: (name) => `${name}, suspended by whoever gives`,
  grants: "What is granted",
  ground: (basis, provision) => `On the ground of ${basis}: ${provision}.`,
  bases: {
    consent: "consent",
    contract: "contract",
    "legal-obligation": "legal obligation",
    "vital-interest": "vital interest",
    "public-task": "public task",
    "legitimate-interest": "legitimate interest",
  },
  subjects: { applicants: "Only about the person of the case that is named.", any: "About any person." },
  notice: (delay, provision) => `The person hears of it ${delay} later: ${provision}.`,
  filters: "Lists may be narrowed by",
  signed: "Who signed",
  signedHint: (day) =>
    `When it was signed, the signer says. A signature counts because the key was its organisation's, for agreements, on the day on which this one begins: ${day}.`,
  signedAt: (at) => `on ${at}`,
  signedWith: (key) => `with key ${key}`,
  theirs: (from, until) => `theirs from ${from} to ${until}`,
  notSigned: "has not signed yet",
  join: ", ",
  digest: "Hash of what was signed",
  meaning: "Hash of what its fields mean",
  summary: (consumer, provider, purpose) =>
    `${consumer} may ask ${provider} for the fields below. What for: ${purpose}.`,
};

const french: AgreementPageWords = {
  standing: {
    active: "En vigueur",
    soon: "Bientôt terminé",
    over: "Terminé",
    later: "Pas encore en vigueur",
    suspended: "Suspendu",
    terminated: "Résilié",
  },
  proposed: "Proposé : pas en vigueur avant la signature des deux parties",
  sides: "Entre qui, et dans quelles limites",
  gives: "Communique",
  asks: "Peut demander",
  inForce: "En vigueur",
  period: (from, until) => `du ${from} au ${until}`,
  version: "Version",
  request: "Par demande",
  officerDay: "Par agent et par jour",
  persons: { one: "# personne au plus", many: "# de personnes au plus", other: "# personnes au plus" },
  oldest: "Ancienneté maximale des données",
  retention: "Conservation maximale",
  onward: "Transmission à d'autres",
  onwards: { none: "interdite", agreed: "là où elle est convenue" },
  records: "Le journal garde la trace d'un accès pendant",
  operations: "Questions",
  modes: {
    "within-grant": "toutes celles qui restent dans ce qui est accordé",
    "registered-only": "seulement celles qui sont enregistrées",
  },
  operation: "Question enregistrée",
  suspendedOperation: (name) => `${name}, suspendue par celui qui communique`,
  grants: "Ce qui est accordé",
  ground: (basis, provision) => `Base légale, ${basis} : ${provision}.`,
  bases: {
    consent: "consentement",
    contract: "contrat",
    "legal-obligation": "obligation légale",
    "vital-interest": "intérêt vital",
    "public-task": "mission d'intérêt public",
    "legitimate-interest": "intérêt légitime",
  },
  subjects: {
    applicants: "Seulement sur la personne du dossier indiqué.",
    any: "Sur toute personne.",
  },
  notice: (delay, provision) => `La personne en est informée après ${delay} : ${provision}.`,
  filters: "Les listes peuvent être restreintes par",
  signed: "Qui a signé",
  signedHint: (day) =>
    `La date de signature est celle que dit le signataire. Une signature compte parce que la clé était celle de l'organisation, pour les accords, le jour où celui-ci commence : ${day}.`,
  signedAt: (at) => `le ${at}`,
  signedWith: (key) => `avec la clé ${key}`,
  theirs: (from, until) => `la sienne du ${from} au ${until}`,
  notSigned: "n'a pas encore signé",
  join: ", ",
  digest: "Empreinte de ce qui est signé",
  meaning: "Empreinte du sens des champs",
  summary: (consumer, provider, purpose) =>
    `${consumer} peut demander les champs ci-dessous à ${provider}. But : ${purpose}.`,
};

/** Latin letters within Arabic, `Act s. 31(1)`, keep their own direction: an isolate of UAX #9. */
const apart = (text: string): string => `\u2068${text}\u2069`;

const arabic: AgreementPageWords = {
  standing: {
    active: "سارية",
    soon: "تنتهي قريبا",
    over: "انتهت",
    later: "لم تسرِ بعد",
    suspended: "معلّقة",
    terminated: "مُنهاة",
  },
  proposed: "مقترحة: لا تسري قبل أن يوقّعها الطرفان",
  sides: "بين من ومن، وضمن أي حدود",
  gives: "المعطي",
  asks: "يجوز له السؤال",
  inForce: "السريان",
  period: (from, until) => `من ${from} إلى ${until}`,
  version: "النسخة",
  request: "في الطلب الواحد",
  officerDay: "للموظف الواحد في اليوم",
  persons: {
    zero: "لا أحد",
    one: "شخص واحد على الأكثر",
    two: "شخصان على الأكثر",
    few: "# أشخاص على الأكثر",
    many: "# شخصا على الأكثر",
    other: "# شخص على الأكثر",
  },
  oldest: "أقصى عمر للبيانات",
  retention: "مدة الحفظ القصوى",
  onward: "النقل إلى غيره",
  onwards: { none: "غير جائز", agreed: "حيث اتُّفق عليه" },
  records: "يحفظ السجل خبر كل اطلاع مدة",
  operations: "الأسئلة",
  modes: { "within-grant": "كل سؤال يبقى ضمن الممنوح", "registered-only": "المسجّلة فقط" },
  operation: "سؤال مسجّل",
  suspendedOperation: (name) => `${apart(name)}، علّقه المعطي`,
  grants: "ما مُنح",
  ground: (basis, provision) => `على أساس ${basis}: ${apart(provision)}.`,
  bases: {
    consent: "موافقة",
    contract: "عقد",
    "legal-obligation": "التزام قانوني",
    "vital-interest": "مصلحة حيوية",
    "public-task": "مهمة عامة",
    "legitimate-interest": "مصلحة مشروعة",
  },
  subjects: { applicants: "عن شخص الملف المذكور فقط.", any: "عن أي شخص." },
  notice: (delay, provision) => `يعلم الشخص بذلك بعد ${delay}: ${apart(provision)}.`,
  filters: "يجوز تضييق القوائم بحسب",
  signed: "من وقّع",
  signedHint: (day) =>
    `وقت التوقيع كما ذكره الموقّع. والتوقيع معتبر لأن المفتاح كان لجهته، للاتفاقيات، يوم بدء هذه الاتفاقية: ${day}.`,
  signedAt: (at) => `في ${at}`,
  signedWith: (key) => `بالمفتاح ${apart(key)}`,
  theirs: (from, until) => `وهو لهم من ${from} إلى ${until}`,
  notSigned: "لم يوقّع بعد",
  join: "، ",
  digest: "بصمة ما وُقّع",
  meaning: "بصمة معاني حقولها",
  summary: (consumer, provider, purpose) => `يجوز لـ${consumer} سؤال ${provider} عن الحقول أدناه. الغرض: ${purpose}.`,
};

/** English where a language is not spoken here. */
export function agreementPageWords(language: string): AgreementPageWords {
  return { en: english, fr: french, ar: arabic }[language as "en" | "fr" | "ar"] ?? english;
}

export const isRightToLeft = (language: string): boolean => ["ar", "fa", "he", "ur"].includes(language);
