import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT_DIR } from '../src/config.js';

/** A folder below the one that git ignores, for pictures that people look at. */
export async function pictureFolder(name: string): Promise<string> {
  const folder = join(ROOT_DIR, 'api/coverage', name);
  await mkdir(folder, { recursive: true });
  return folder;
}

/**
 * For the browser: what does not fit its place, as `tag.class` with its text. Boxes that are wider inside than outside, and
 * whatever stands beyond the edges of the window, which in a page from right to left is the left one.
 */
export const OVERFLOW = `[...document.querySelectorAll('*')].filter((element) => {
  const { display, position } = getComputedStyle(element);
  if (display === 'none' || position === 'absolute' || !element.getClientRects().length) return false;
  const { left, right } = element.getBoundingClientRect();
  const root = document.documentElement;
  return (display !== 'inline' && element.scrollWidth > element.clientWidth && element.clientWidth > 0) || left < -0.5 || right > root.clientWidth + 0.5;
}).map((element) => element.tagName.toLowerCase() + '.' + element.className + ' ' + element.textContent.trim().slice(0, 60))`;

/** For the browser: texts whose colour is too near to that of their background (WCAG 2.2, 1.4.3: 4.5 to 1). */
export const PALE = `[...document.querySelectorAll('*')].filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && element.getClientRects().length && !element.disabled).map((element) => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => numbers(color).slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)).reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  let behind = element;
  while (behind && numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind ? getComputedStyle(behind).backgroundColor : 'rgb(255,255,255)')].sort((one, other) => other - one);
  return { ratio: (a + 0.05) / (b + 0.05), text: element.textContent.trim().slice(0, 60) };
}).filter(({ ratio }) => ratio < 4.5)`;
