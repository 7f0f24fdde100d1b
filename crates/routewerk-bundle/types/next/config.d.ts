/**
 * `NextConfig`: every option that next.config may have, whether it matters to handlers or not.
 * An option that concerns pages, images or another bundler is accepted and has no effect.
 */

declare module 'next/dist/lib/load-custom-routes' {
  /** A condition of a rule or a matcher. */
  type RouteHas =
    | { type: 'cookie' | 'header' | 'query'; key: string; value?: string }
    | { type: 'host'; key?: undefined; value: string };

  type Header = {
    source: string;
    headers: { key: string; value: string }[];
    basePath?: false;
    locale?: false;
    has?: RouteHas[];
    missing?: RouteHas[];
  };

  type Rewrite = {
    source: string;
    destination: string;
    basePath?: false;
    locale?: false;
    has?: RouteHas[];
    missing?: RouteHas[];
  };

  /** Either `permanent` (308 or 307) or a status code of its own. */
  type Redirect = {
    source: string;
    destination: string;
    basePath?: false;
    locale?: false;
    has?: RouteHas[];
    missing?: RouteHas[];
    priority?: boolean;
  } & ({ permanent: boolean; statusCode?: never } | { permanent?: never; statusCode: number });

  export type { Header, Redirect, Rewrite, RouteHas };
}

declare module 'next/dist/shared/lib/image-config' {
  type RemotePattern = {
    hostname: string;
    protocol?: 'http' | 'https';
    port?: string;
    pathname?: string;
    search?: string;
  };

  type LocalPattern = { pathname?: string; search?: string };

  type ImageConfigComplete = {
    unoptimized: boolean;
    loader: 'default' | 'imgix' | 'cloudinary' | 'akamai' | 'custom';
    loaderFile: string;
    path: string;
    formats: ('image/avif' | 'image/webp')[];
    deviceSizes: number[];
    imageSizes: number[];
    qualities: number[] | undefined;
    domains: string[];
    remotePatterns: (URL | RemotePattern)[];
    localPatterns: LocalPattern[] | undefined;
    minimumCacheTTL: number;
    maximumDiskCacheSize: number | undefined;
    maximumRedirects: number;
    maximumResponseBody: number;
    customCacheHandler: boolean;
    contentDispositionType: 'inline' | 'attachment';
    contentSecurityPolicy: string;
    dangerouslyAllowLocalIP: boolean;
    dangerouslyAllowSVG: boolean;
    disableStaticImages: boolean;
  };

  type ImageConfig = Partial<ImageConfigComplete>;

  export type { ImageConfig, ImageConfigComplete, LocalPattern, RemotePattern };
}

declare module 'next/dist/server/config-shared' {
  import type { Header, Redirect, Rewrite } from 'next/dist/lib/load-custom-routes';
  import type { ExperimentalConfig } from 'next/dist/server/config-experimental';
  import type {
    EmotionConfig,
    LoggingConfig,
    ReactCompilerOptions,
    StyledComponentsConfig,
    TurbopackOptions,
  } from 'next/dist/server/config-tools';
  import type { ImageConfig, ImageConfigComplete } from 'next/dist/shared/lib/image-config';

  interface DomainLocale {
    domain: string;
    defaultLocale: string;
    http?: true;
    locales?: readonly string[];
  }

  interface I18NConfig {
    locales: readonly string[];
    defaultLocale: string;
    localeDetection?: false;
    domains?: readonly DomainLocale[];
  }

  interface TypeScriptConfig {
    /** Builds although the types do not check. */
    ignoreBuildErrors?: boolean;
    /** Another file than tsconfig.json. */
    tsconfigPath?: string;
  }

  type ExportPathMap = {
    [path: string]: { page: string; query?: { [name: string]: string | string[] | undefined } };
  };

  /** What the option `webpack` is called with besides webpack's own configuration. */
  interface WebpackConfigContext {
    dir: string;
    dev: boolean;
    isServer: boolean;
    nextRuntime?: 'nodejs' | 'edge';
    buildId: string;
    config: NextConfigComplete;
    defaultLoaders: { babel: any };
    totalPages: number;
    webpack: any;
  }

  interface NextJsWebpackConfig {
    (config: any, context: WebpackConfigContext): any;
  }

  interface DeprecatedConfig {
    looseRouteMatching?: true;
  }

  type RewriteGroups = { beforeFiles?: Rewrite[]; afterFiles?: Rewrite[]; fallback?: Rewrite[] };

  interface NextConfig {
    // URLs.
    /** Where the project lies below the origin, `/docs`. */
    basePath?: string;
    /** Whether paths end with a slash; the other form is redirected. */
    trailingSlash?: boolean;
    skipTrailingSlashRedirect?: boolean;
    skipProxyUrlNormalize?: boolean;
    /** @deprecated `skipProxyUrlNormalize`. */
    skipMiddlewareUrlNormalize?: boolean;
    headers?: () => Header[] | Promise<Header[]>;
    redirects?: () => Redirect[] | Promise<Redirect[]>;
    rewrites?: () => Rewrite[] | RewriteGroups | Promise<Rewrite[] | RewriteGroups>;
    i18n?: I18NConfig | null;
    assetPrefix?: string;
    crossOrigin?: 'anonymous' | 'use-credentials';
    useFileSystemPublicRoutes?: boolean;
    allowedDevOrigins?: string[];

    // Replies.
    compress?: boolean;
    generateEtags?: boolean;
    poweredByHeader?: boolean;
    httpAgentOptions?: { keepAlive?: boolean };
    reactMaxHeadersLength?: number;
    htmlLimitedBots?: RegExp;

    // What is kept.
    cacheComponents?: boolean;
    cacheHandler?: string | undefined;
    cacheHandlers?: { [name: string]: string | undefined; default?: string; remote?: string; static?: string };
    /** The profiles of `cacheLife()`, in seconds. */
    cacheLife?: { [profile: string]: { stale?: number; revalidate?: number; expire?: number } };
    /** The bytes that the cache may hold in memory. */
    cacheMaxMemorySize?: number;
    expireTime?: number;
    partialPrefetching?: boolean;

    // The build.
    distDir?: string;
    cleanDistDir?: boolean;
    output?: 'standalone' | 'export';
    outputFileTracingExcludes?: Record<string, string[]>;
    outputFileTracingIncludes?: Record<string, string[]>;
    outputFileTracingRoot?: string;
    outputHashSalt?: string;
    adapterPath?: string;
    generateBuildId?: () => string | null | Promise<string | null>;
    deploymentId?: string;
    supportsImmutableAssets?: boolean;
    staticPageGenerationTimeout?: number;
    exportPathMap?: (
      defaultMap: ExportPathMap,
      context: { dev: boolean; dir: string; outDir: string | null; distDir: string; buildId: string },
    ) => ExportPathMap | Promise<ExportPathMap>;

    // Source files.
    /** The endings of route files: `ts` makes `route.ts` one. */
    pageExtensions?: string[];
    /** Values that take the place of `process.env.NAME`. */
    env?: Record<string, string | undefined>;
    typescript?: TypeScriptConfig;
    typedRoutes?: boolean;
    /** Packages that are compiled like the project. */
    transpilePackages?: string[];
    /** Packages that are loaded from `node_modules` when the server runs. */
    serverExternalPackages?: string[];
    bundlePagesRouterDependencies?: boolean;
    modularizeImports?: Record<
      string,
      { transform: string | Record<string, string>; preventFullImport?: boolean; skipDefaultConversion?: boolean }
    >;
    instrumentationClientInject?: string[];
    turbopack?: TurbopackOptions;
    webpack?: NextJsWebpackConfig | null;
    compiler?: {
      define?: Record<string, string | number | boolean>;
      defineServer?: Record<string, string | number | boolean>;
      removeConsole?: boolean | { exclude?: string[] };
      runAfterProductionCompile?: (metadata: { projectDir: string; distDir: string }) => Promise<void>;
      emotion?: boolean | EmotionConfig;
      reactRemoveProperties?: boolean | { properties?: string[] };
      relay?: {
        src: string;
        artifactDirectory?: string;
        language?: 'typescript' | 'javascript' | 'flow';
        eagerEsModules?: boolean;
      };
      styledComponents?: boolean | StyledComponentsConfig;
      styledJsx?: boolean | { useLightningcss?: boolean };
    };
    excludeDefaultMomentLocales?: boolean;
    sassOptions?: { [name: string]: any; implementation?: string };

    // Development and debugging.
    logging?: LoggingConfig | false;
    devIndicators?: false | { position?: 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right' };
    onDemandEntries?: { maxInactiveAge?: number; pagesBufferLength?: number };
    watchOptions?: { pollIntervalMs?: number };
    enablePrerenderSourceMaps?: boolean;
    productionBrowserSourceMaps?: boolean;
    agentRules?: boolean;

    // Pages.
    images?: ImageConfig;
    reactCompiler?: boolean | ReactCompilerOptions;
    reactProductionProfiling?: boolean;
    reactStrictMode?: boolean | null;

    deprecated?: DeprecatedConfig;
    experimental?: ExperimentalConfig;
  }

  /** The options that stay absent when nothing is said; all others get their default. */
  type WithoutDefault =
    | 'adapterPath'
    | 'allowedDevOrigins'
    | 'cacheLife'
    | 'expireTime'
    | 'generateBuildId'
    | 'modularizeImports'
    | 'output';

  /** The configuration with all defaults, as the option `webpack` sees it. */
  type NextConfigComplete = Required<Omit<NextConfig, WithoutDefault | 'configFile'>> &
    Pick<NextConfig, WithoutDefault> & {
      images: Required<ImageConfigComplete>;
      typescript: TypeScriptConfig;
      configFile: string | undefined;
      configFileName: string;
      cacheLife: {
        [profile: string]: { stale?: number; revalidate?: number; expire?: number };
        default: { stale: number; revalidate: number; expire: number };
      };
      htmlLimitedBots: string | undefined;
      distDirRoot: string;
      repoRoot: string;
      experimental: ExperimentalConfig & {
        prefetchInlining?: false | { maxSize: number; maxBundleSize: number };
        useCacheTimeout: number;
        instantInsights: Required<NonNullable<ExperimentalConfig['instantInsights']>>;
        turbopackMemoryEvictionMode: 'auto' | 'full' | 'off';
        turbopackGcOptions: { minProgressMs?: number; rootTtlMs?: number } | undefined;
      };
    };

  export type {
    DomainLocale,
    ExperimentalConfig,
    ExportPathMap,
    I18NConfig,
    NextConfig,
    NextConfigComplete,
    NextJsWebpackConfig,
    TypeScriptConfig,
    WebpackConfigContext,
  };
}
