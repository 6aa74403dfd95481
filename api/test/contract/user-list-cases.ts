import type { ContractCase, Doings } from './cases.js';

export function userListCases(_doings: Doings): Record<string, ContractCase> {
  return {};
}
