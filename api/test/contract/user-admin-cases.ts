import type { ContractCase, Doings } from './cases.js';

export function userAdminCases(_doings: Doings): Record<string, ContractCase> {
  return {};
}
