/**
 * `next`: the types that configuration, instrumentation and shared code import from the package itself.
 * The function `next()`, which starts a server of Next.js, is not here, and neither are the types of pages.
 */

declare module 'next' {
  import type { IncomingMessage, ServerResponse } from 'http';
  import type { ParsedUrlQuery } from 'querystring';
  import type * as routes from 'next/dist/lib/metadata/types/route-types';

  export type { Metadata, Viewport } from 'next/dist/lib/metadata/types/metadata-interface';
  export type { NextConfig } from 'next/dist/server/config-shared';

  /** What sitemap.ts, robots.ts and manifest.ts return. */
  export namespace MetadataRoute {
    type Manifest = routes.Manifest;
    type Robots = routes.Robots;
    type Sitemap = routes.Sitemap;
  }

  /** The functions of instrumentation.ts. */
  export namespace Instrumentation {
    /** Is told of every error that a handler or the proxy throws. */
    type onRequestError = (
      error: unknown,
      request: Readonly<{
        path: string;
        method: string;
        headers: { [name: string]: string | string[] | undefined };
      }>,
      context: Readonly<{
        routerKind: 'App Router' | 'Pages Router';
        /** The route's file as Next.js names it, `/items/[id]`. */
        routePath: string;
        routeType: 'action' | 'proxy' | 'render' | 'route';
        renderSource?: 'react-server-components' | 'react-server-components-payload' | 'server-rendering';
        revalidateReason: 'on-demand' | 'stale' | undefined;
      }>,
    ) => void | Promise<void>;
  }

  export type ServerRuntime = 'edge' | 'experimental-edge' | 'nodejs' | undefined;

  /** A link; any text is one as long as `typedRoutes` is not used. */
  export type Route<Inferred = any> = string & {};

  export type Redirect =
    | { permanent: boolean; destination: string; basePath?: false }
    | { statusCode: 301 | 302 | 303 | 307 | 308; destination: string; basePath?: false };

  type Letter = 'G' | 'K' | 'M' | 'P' | 'T' | 'g' | 'k' | 'm' | 'p' | 't';

  export type FileSizeSuffix = `${Letter}${'B' | 'b'}`;
  /** Bytes, or a text such as `4mb`. */
  export type SizeLimit = number | `${number}${FileSizeSuffix}`;
  export type ResponseLimit = SizeLimit | boolean;

  /** The export `config` of a file in `pages/api`. */
  export type PageConfig = {
    api?: { bodyParser?: { sizeLimit?: SizeLimit } | false; externalResolver?: true; responseLimit?: ResponseLimit };
    env?: string[];
    maxDuration?: number;
    runtime?: ServerRuntime;
    unstable_JsPreload?: false;
    unstable_runtimeJS?: false;
  };

  export type PreviewData = string | false | object | undefined;

  /** The request of a handler in `pages/api`. */
  export interface NextApiRequest extends IncomingMessage {
    query: Partial<{ [name: string]: string | string[] }>;
    cookies: Partial<{ [name: string]: string }>;
    body: any;
    env: { [name: string]: string | undefined };
    draftMode?: boolean;
    preview?: boolean;
    previewData?: PreviewData;
  }

  /** The reply of a handler in `pages/api`. */
  export type NextApiResponse<Data = any> = ServerResponse & {
    status: (statusCode: number) => NextApiResponse<Data>;
    json: (body: Data) => void;
    send: (body: Data) => void;
    redirect(url: string): NextApiResponse<Data>;
    redirect(status: number, url: string): NextApiResponse<Data>;
    revalidate: (urlPath: string, options?: { unstable_onlyGenerated?: boolean }) => Promise<void>;
    setDraftMode: (options: { enable: boolean }) => NextApiResponse<Data>;
    setPreviewData: (
      data: object | string,
      options?: { maxAge?: number; path?: string },
    ) => NextApiResponse<Data>;
    clearPreviewData: (options?: { path?: string }) => NextApiResponse<Data>;
  };

  /** A handler in `pages/api`. */
  export type NextApiHandler<Data = any> = (
    request: NextApiRequest,
    reply: NextApiResponse<Data>,
  ) => unknown | Promise<unknown>;

  /** What libraries for sessions take from `getServerSideProps`. */
  export type GetServerSidePropsContext<
    Params extends ParsedUrlQuery = ParsedUrlQuery,
    Preview extends PreviewData = PreviewData,
  > = {
    req: IncomingMessage & { cookies: Partial<{ [name: string]: string }> };
    res: ServerResponse;
    query: ParsedUrlQuery;
    resolvedUrl: string;
    params?: Params;
    draftMode?: boolean;
    preview?: boolean;
    previewData?: Preview;
    locale?: string;
    locales?: string[];
    defaultLocale?: string;
  };

  export {};
}

declare module 'next/types' {
  export * from 'next';
}

declare module 'next/types.js' {
  export * from 'next';
}
