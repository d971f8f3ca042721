import {
  type CanonicalPerson,
  type Coordinate,
  type OrgId,
  type PurposeCode,
  random16,
  type Seals,
  type Signer,
  type SubjectRef,
  WeftError,
} from "#libs/terms";
import type { AskingEvent } from "./asking/event.js";
import { secondsOf } from "./members.js";
import { type ConsentRecord, providersOf, recipientOf } from "./record.js";
import { ConsentReceipt, signReceipt } from "./receipt.js";
import type { Change, ConsentStorage, FreePlace } from "./storage.js";
import {
  type Act,
  expire,
  extend,
  give,
  narrow,
  type Narrowing,
  renew,
  stateOf,
  type Terms,
  voidRecord,
  withdraw,
} from "./transitions.js";

/**
 * The register's functions: a transition, its receipts and the end of earlier ones, in one transaction. The register knows persons
 * as sealed for itself and seals them anew for each provider.
 */
export interface RegisterParts {
  readonly storage: ConsentStorage;
  readonly seals: Pick<Seals, "seal" | "open" | "candidates">;
  readonly signer: Signer;
  /** The organisation that keeps the register: `iss` of its receipts. */
  readonly keeper: OrgId;
  /** Without a slash at its end; a list's own address is this and its number. */
  readonly statusUri: string;
}

/** What is given, with persons as they are in memory for one call. */
export interface Draft extends Omit<Terms, "principal" | "guardian"> {
  /** The record's name, where something was written down under it before: 16 random bytes. */
  readonly id?: string;
  readonly person: CanonicalPerson;
  readonly guardian?: { readonly person: CanonicalPerson; readonly majority: Date };
  readonly act: Act;
}

/** References as the reporting provider knows these persons: each by any of its numbers. */
export interface EndedRelation {
  readonly guardian: readonly SubjectRef[];
  readonly ward: readonly SubjectRef[];
}

export class ConsentRegister {
  readonly #parts: RegisterParts;

  constructor(parts: RegisterParts) {
    this.#parts = parts;
  }

  /** All or none of them, in order; with the events of asking that they come of. */
  async give(drafts: readonly Draft[], events: readonly AskingEvent[] = []): Promise<readonly ConsentRecord[]> {
    const records = drafts.map((draft) => give(draft.id ?? random16(), this.#termsOf(draft), draft.act));
    const changes = records.map((record) => ({ record, providers: providersOf(record), endsEarlier: false }));
    await this.#write(changes, events);
    return records;
  }

  /** Receipts of the wider version end at once; until the new one has arrived, nothing is released on it. */
  narrow(recordId: string, to: Narrowing, act: Act): Promise<ConsentRecord> {
    return this.#change(recordId, (before) => {
      const record = narrow(before, to, act);
      return { record, providers: providersOf(record), endsEarlier: true };
    });
  }

  renew(recordId: string, until: Date, act: Act, majority?: Date): Promise<ConsentRecord> {
    return this.#change(recordId, (before) => {
      const record = renew(before, until, act, majority);
      return { record, providers: providersOf(record), endsEarlier: false };
    });
  }

  withdraw(recordId: string, act: Act, events: readonly AskingEvent[] = []): Promise<ConsentRecord> {
    return this.#change(recordId, (before) => ended(withdraw(before, act)), events);
  }

  /**
   * A provider's receipts of the restrictions that speak of every provider and were made before it joined. To be called before the
   * provider reads its feed: what it would not hear of, it would not keep. Resolves to how many there were.
   */
  async extendTo(provider: OrgId, at: Date, limit = 500): Promise<number> {
    for (let extended = 0; ;) {
      const unknown = await this.#parts.storage.unknownTo(provider, at, limit);
      await this.#write(
        unknown.map((before) => ({ record: extend(before, provider, at), providers: [provider], endsEarlier: false })),
      );
      extended += unknown.length;
      if (unknown.length < limit) return extended;
    }
  }

  /** What this guardian gave for this ward ends at once. Resolves to how many records that were. */
  async endRelation(reporter: OrgId, { guardian, ward }: EndedRelation, at: Date): Promise<number> {
    const { seals } = this.#parts;
    const own = (refs: readonly SubjectRef[]) => refs.flatMap((ref) => this.#refsOf(seals.open(reporter, ref)));
    const open = await this.#parts.storage.open(own(ward), own(guardian));
    const act: Act = { by: "register", method: { how: "register", organisation: reporter }, at };
    const running = open.filter((record) => ["in-force", "to-come"].includes(stateOf(record, at)));
    await this.#write(running.map((record) => ended(voidRecord(record, act))));
    return running.length;
  }

  /** Notes that their time is over; each receipt says so by itself. Resolves to how many were noted. */
  async expireOverdue(now: Date, limit = 500): Promise<number> {
    const overdue = await this.#parts.storage.overdue(now, limit);
    await this.#write(overdue.map((record) => ({ record: expire(record, now), providers: [], endsEarlier: false })));
    return overdue.length;
  }

  find(recordId: string): Promise<ConsentRecord | undefined> {
    return this.#parts.storage.find(recordId);
  }

  /** Newest versions of what this person said and has not ended. */
  openOf(person: CanonicalPerson): Promise<readonly ConsentRecord[]> {
    return this.#parts.storage.open(this.#refsOf(person));
  }

  /** A record's person as another party may know them. */
  principalFor(party: OrgId, record: ConsentRecord): SubjectRef {
    const { seals, keeper } = this.#parts;
    return seals.seal(party, seals.open(keeper, record.pii_principal_id));
  }

  #seal(person: CanonicalPerson): SubjectRef {
    return this.#parts.seals.seal(this.#parts.keeper, person);
  }

  /** As the register wrote them, whichever of its keys was the newest. */
  #refsOf(person: CanonicalPerson): readonly SubjectRef[] {
    return this.#parts.seals.candidates(this.#parts.keeper, person);
  }

  #termsOf({ person, guardian, ...terms }: Draft): Terms {
    return {
      ...terms,
      principal: this.#seal(person),
      ...(guardian && { guardian: { ref: this.#seal(guardian.person), majority: guardian.majority } }),
    };
  }

  async #change(
    recordId: string,
    change: (before: ConsentRecord) => Change,
    events: readonly AskingEvent[] = [],
  ): Promise<ConsentRecord> {
    const before = await this.find(recordId);
    if (!before) throw new WeftError("NOT_FOUND");
    const changed = change(before);
    await this.#write([changed], events);
    return changed.record;
  }

  async #write(changes: readonly Change[], events: readonly AskingEvent[] = []): Promise<void> {
    if (changes.length > 0) await this.#parts.storage.write(changes, this.#receipt, events);
  }

  readonly #receipt = (record: ConsentRecord, provider: OrgId, place: FreePlace): string => {
    const { signer, keeper, statusUri } = this.#parts;
    const sub = this.principalFor(provider, record);
    const receipt = receiptOf(record, provider, { sub, keeper, place, statusUri });
    return signReceipt(receipt, signer);
  };
}

const ended = (record: ConsentRecord): Change => ({ record, providers: [], endsEarlier: true });

interface Issued {
  readonly sub: SubjectRef;
  readonly keeper: OrgId;
  readonly place: FreePlace;
  readonly statusUri: string;
}

/** What one provider is told of a version: its own fields, the person as it knows them. */
function receiptOf(record: ConsentRecord, provider: OrgId, { sub, keeper, place, statusUri }: Issued): ConsentReceipt {
  const { purposes, pii_information, validity, date_range, frequency, retention_period } = record.pii_processing;
  const own = pii_information.find(({ pii_controller }) => pii_controller === provider);
  return ConsentReceipt.parse({
    iss: keeper,
    iat: secondsOf(record.event.event_time),
    nbf: secondsOf(validity.from),
    exp: secondsOf(validity.until),
    jti: random16(),
    record_id: record.record_id,
    record_version: record.record_version,
    aud: provider,
    sub,
    kind: record.kind,
    recipient: recipientOf(record),
    purposes: purposes.map(({ purpose }) => purpose) satisfies PurposeCode[],
    coordinates: (own?.coordinates ?? []) satisfies Coordinate[],
    ...(date_range && { date_range }),
    ...(frequency && { frequency }),
    ...(record.guardian_id !== undefined && { on_behalf_of: sub }),
    ...(retention_period && { data_erase_at: secondsOf(retention_period.dataEraseAt) }),
    status: { status_list: { idx: place.idx, uri: `${statusUri}/${place.list}` } },
  });
}
