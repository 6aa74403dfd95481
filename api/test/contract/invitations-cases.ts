import type { ContractCase, Doings } from './cases.js';

export function invitationsCases(_doings: Doings): Record<string, ContractCase> {
  return {};
}
