export { type Asker, type AskOptions, type Client, createClient, type Operation } from "./client.js";
export type { Access, ClientOptions } from "./options.js";
export { type CertificateFiles, showCertificate } from "./certificate.js";
export { type ClientFile, readClientFile } from "./client-file.js";
export type { ConsentAsked, ConsentWanted } from "./consent-request.js";
export { type Answer, type AnswerError, type Envelope, readAnswer } from "./envelope.js";
export { printAnswerSchema } from "./json-schema.js";
export { QuestionRefused, StepUpRequired, TokenRefused } from "./refused.js";
