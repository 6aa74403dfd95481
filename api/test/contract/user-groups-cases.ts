import type { ContractCase, Doings } from './cases.js';

export function userGroupsCases(_doings: Doings): Record<string, ContractCase> {
  return {};
}
