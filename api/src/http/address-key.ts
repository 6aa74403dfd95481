import { isIPv6 } from 'node:net';

const GROUPS = 8;
/** Whoever rents an IPv6 connection gets a /64 of addresses: they count as one client (G-05). */
const NETWORK_GROUPS = 4;
/** Four groups as a socket writes them: lower case, no leading zeros, nothing left out. */
const WRITTEN_NETWORK = /^(?!0:0:0:0:)(?:(?:0|[1-9a-f][\da-f]{0,3}):){4}/;
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The name under which a client's address is counted: an IPv4 address as it is
 * (also when written as IPv6), an IPv6 address by its /64. All spellings of an
 * address give the same name.
 */
export function addressKey(ip: string | undefined): string {
  if (ip === undefined) return 'ip:unknown';
  // The common cases first: this runs for every anonymous request.
  if (!ip.includes(':')) return `ip:${ip}`;
  const mapped = MAPPED_IPV4.exec(ip);
  if (mapped) return `ip:${mapped[1]}`;
  const written = WRITTEN_NETWORK.exec(ip);
  if (written) return `ip:${written[0]}:/64`;
  return isIPv6(ip) ? `ip:${networkOf(groupsOf(ip))}` : `ip:${ip}`;
}

function networkOf(groups: number[]): string {
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [groups[6]! >> 8, groups[6]! & 0xff, groups[7]! >> 8, groups[7]! & 0xff].join('.');
  return `${groups.slice(0, NETWORK_GROUPS).map((group) => group.toString(16)).join(':')}::/64`;
}

/** The eight 16-bit groups of a valid IPv6 address (RFC 4291 §2.2), without its zone. */
function groupsOf(ip: string): number[] {
  const [address = ''] = ip.split('%');
  const [left = '', right] = address.split('::');
  const head = parseGroups(left);
  if (right === undefined) return head;
  const tail = parseGroups(right);
  return [...head, ...new Array<number>(GROUPS - head.length - tail.length).fill(0), ...tail];
}

function parseGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
