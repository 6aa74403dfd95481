import { expect, it } from '@jest/globals';
import { durationText } from './duration-text.js';

it.each([
  [0, '0 minutes'], [-5, '0 minutes'], [0.99, '0 minutes'], [1, '1 minute'], [59.99, '59 minutes'], [60, '1 hour'], [61, '1 hour and 1 minute'], [1_440, '1 day'],
  [10_079, '6 days and 23 hours'], [10_080, '1 week'], [10_081, '1 week and 1 minute'], [43_199, '4 weeks and 1 day'], [43_200, '4 weeks and 2 days'], [525_600, '52 weeks and 1 day'],
])('%d minutes are %s', (minutes, text) => expect(durationText(minutes)).toBe(text));
