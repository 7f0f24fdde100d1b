/**
 * The property `tw` of elements, which images made with `next/og` take.
 * Applies to every element of React, as it does with Next.js's own types.
 */

export {};

declare module 'react' {
  interface HTMLAttributes<T> {
    /** Tailwind's class names, for elements of an `ImageResponse`. */
    tw?: string;
  }
}
