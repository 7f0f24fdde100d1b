'use client';

import { tries } from './tries';

export type Size = 'small' | 'large';

export const sizes: Size[] = ['small', 'large'];

export function area(size: Size): number {
  return size === 'small' ? 1 : sizes.length;
}

export class Widget {}

export { tries };
export default area;
