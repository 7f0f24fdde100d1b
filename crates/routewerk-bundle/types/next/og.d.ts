/**
 * `next/og`: images made of elements.
 * An element is written down here by its shape, so that nothing depends on React's types.
 */

declare module 'next/dist/compiled/@vercel/og/types' {
  interface Font {
    name: string;
    data: Buffer | ArrayBuffer;
    weight?: 100 | 200 | 300 | 400 | 500 | 600 | 700 | 800 | 900;
    style?: 'normal' | 'italic';
    lang?: string;
  }

  type ImageOptions = {
    width?: number;
    height?: number;
    fonts?: Font[];
    /** Where the pictures of emoji come from. */
    emoji?: 'twemoji' | 'openmoji' | 'blobmoji' | 'noto' | 'fluent' | 'fluentFlat';
    /** Draws the boxes of the elements. */
    debug?: boolean;
  };

  type ImageResponseOptions = ImageOptions & ConstructorParameters<typeof Response>[1];

  export type { ImageResponseOptions };
}

declare module 'next/og' {
  import type { ImageResponseOptions } from 'next/dist/compiled/@vercel/og/types';

  /** What JSX makes. */
  interface ImageElement {
    type: string | ((props: any) => any) | (new (props: any, ...rest: any[]) => any);
    props: unknown;
    key: string | number | bigint | null;
  }

  /** A reply whose body is the picture of an element, as PNG. */
  export class ImageResponse extends Response {
    static displayName: string;
    constructor(element: ImageElement, options?: ImageResponseOptions);
  }

  export {};
}

declare module 'next/og.js' {
  export * from 'next/og';
}
