import type { ContractCase, Doings } from './cases.js';

export function userPermissionsCases(_doings: Doings): Record<string, ContractCase> {
  return {};
}
