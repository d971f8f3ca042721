import i18next, { type i18n as I18n } from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./locales/en.js";

export const languages = { en: "English", ar: "العربية" } as const;
export type Language = keyof typeof languages;

export const i18n: I18n = i18next.createInstance();
const KEPT = "weft-language";

/** The language of the last visit, else the browser's, else English. Other texts than English come when they are needed. */
export async function startLanguage(): Promise<void> {
  const wanted = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  await i18n.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    // React escapes.
    interpolation: { escapeValue: false },
  });
  await speak(isLanguage(wanted) ? wanted : "en");
}

export async function speak(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, "translation")) {
    const { default: words } = await import("./locales/ar.js");
    i18n.addResourceBundle(language, "translation", words);
  }
  await i18n.changeLanguage(language);
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
  document.documentElement.dir = i18n.dir();
}

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(languages, text);
}
