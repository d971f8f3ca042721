/**
 * What a WSDL says of itself, by service, port and operation: `{ input, output }`, each an object of elements; `name[]` where there may be
 * several, a text for a simple type (`xsd:date`, `Status|xsd:string|A,X` with the values that a restriction names). `place`: a file's path,
 * or a URL with how it is read. Throws `SOURCE_INVALID` and `SOURCE_UNAVAILABLE`.
 */
export async function describeWsdl(place: string, textAt?: (url: string) => Promise<string>): Promise<object> {
  const { openWsdl } = await import("./definition.js");
  return (await openWsdl(place, textAt)).describeServices();
}
