import { b } from './cycle-b';

export const a = () => `a sees ${b()}`;
export const name = 'a';
