import type { ContractCase, Doings } from './cases.js';

export function permissionsCases(_doings: Doings): Record<string, ContractCase> {
  return {};
}
