import type { Language } from '../language.js';
import { ar } from './ar.js';
import { de } from './de.js';
import { en, type Catalogue } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { id } from './id.js';

export type { Catalogue };

/** Every text in every language: one that lacks a language does not compile. */
export const catalogues: Readonly<Record<Language, Catalogue>> = { en, ar, fr, es, de, id };
