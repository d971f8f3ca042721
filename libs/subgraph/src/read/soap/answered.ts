import type { IHttpClient } from "soap";

export interface Answered {
  readonly status: number;
  readonly xml: string;
}

/** The library takes answers by callback, and what it throws at one is told by the same callback. */
export function answered(
  ask: (url: string, data: string, headers: Readonly<Record<string, string>>) => Promise<Answered>,
): IHttpClient["request"] {
  return (url, data: string, callback, headers) => {
    const tell = async () => {
      try {
        const { status, xml } = await ask(url, data, headers ?? {});
        callback(null, { status, headers: {} }, xml);
      } catch (error) {
        callback(error);
      }
    };
    return tell() as never;
  };
}
