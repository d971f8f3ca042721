/** What may be used once: client assertions, officer assertions, proofs. Shared by all processes of an issuer. */
export interface UsedOnce {
  /** True the first time, also where two processes ask at the same moment. `until`: when it could no longer be accepted anyway. */
  use(issuer: string, id: string, until: Date): Promise<boolean>;
  isUsed(issuer: string, id: string): Promise<boolean>;
  /** Forgets what is over. */
  sweep(): Promise<void>;
}
