/**
 * What an officer says of an emergency: a sentence of 10 to 300 characters. No control characters, no line breaks, and none of those that
 * turn the direction of writing round: a reviewer reads what was written.
 */
export const reasonForm =
  /^(?!\s)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]{10,300}(?<!\s)$/u;
