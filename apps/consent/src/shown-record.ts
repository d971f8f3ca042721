import { type ConsentRecord, type ConsentRegister, stateOf } from "#libs/consent";
import type { OrgId } from "#libs/terms";

/** A record as one party may see it: the person as that party knows them, no guardian, no other office's officer, no one else's fields. */
export interface ShownRecord {
  readonly state: ReturnType<typeof stateOf>;
  readonly record: object;
}

export function showRecord(
  record: ConsentRecord,
  to: { readonly org: OrgId; readonly asProvider: boolean },
  register: ConsentRegister,
  now: Date,
): ShownRecord {
  const { guardian_id: guardian, ...rest } = record;
  const { pii_processing, event } = record;
  const method = event.collection_method;
  const foreign = method.how === "in-person" && method.organisation !== to.org;
  return {
    state: stateOf(record, now),
    record: {
      ...rest,
      pii_principal_id: register.principalFor(to.org, record),
      ...(guardian !== undefined && { by_guardian: true }),
      pii_processing: {
        ...pii_processing,
        pii_information: pii_processing.pii_information.filter(
          ({ pii_controller }) => !to.asProvider || pii_controller === to.org,
        ),
      },
      event: foreign ? { ...event, collection_method: { how: "in-person", organisation: method.organisation } } : event,
    },
  };
}
