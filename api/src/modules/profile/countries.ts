/** ISO 3166-1 alpha-2, the codes that are officially assigned. */
const CODES = `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ
DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM
PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`.split(/\s+/);

/** What Unicode's English calls otherwise: names that forms and older lists have. */
const OTHER_NAMES = ['United States of America', 'Great Britain', 'Czech Republic', 'Turkey', 'Burma', 'Ivory Coast', 'Viet Nam', 'Russian Federation', 'Republic of Korea', 'Macedonia', 'Swaziland'];

let known: ReadonlySet<string> | undefined;

/** Whether text is a country: its code in capitals, or its English name in any. */
export function isCountry(text: string): boolean {
  known ??= new Set([...CODES, ...englishNames()]);
  return known.has(text) || known.has(folded(text));
}

function englishNames(): string[] {
  const named = (['long', 'short'] as const).flatMap((style) => {
    const names = new Intl.DisplayNames('en', { type: 'region', style });
    return CODES.map((code) => names.of(code) ?? code).filter((name) => name.length > 2);
  });
  return [...named, ...OTHER_NAMES].map(folded);
}

/** How a name is compared: "Côte d’Ivoire" is also written "Cote d'Ivoire", "St. Lucia" also "Saint Lucia". */
function folded(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('’', "'").replaceAll(' & ', ' and ').replace(/\bSt\. /g, 'Saint ').toLowerCase();
}
