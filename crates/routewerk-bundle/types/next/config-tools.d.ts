/**
 * The options of next.config that configure another tool: a bundler, a compiler of styles, the log of development.
 */

declare module 'next/dist/server/config-tools' {
  type Json = string | number | boolean | Json[] | { [name: string]: Json };

  type Loader = string | { loader: string; options?: Record<string, Json> };

  type Condition =
    | 'browser'
    | 'development'
    | 'edge-light'
    | 'foreign'
    | 'node'
    | 'production'
    | { all: Condition[] }
    | { any: Condition[] }
    | { not: Condition }
    | {
        path?: string | RegExp;
        content?: RegExp;
        query?: string | RegExp;
        contentType?: string | RegExp;
      };

  type Rule = {
    condition?: Condition;
    loaders?: Loader[];
    as?: string;
    type?:
      | 'asset'
      | 'bytes'
      | 'css'
      | 'css-module'
      | 'ecmascript'
      | 'json'
      | 'node'
      | 'raw'
      | 'text'
      | 'typescript'
      | 'wasm';
  };

  type Alias = false | string | string[];

  interface TurbopackOptions {
    root?: string;
    resolveAlias?: Record<string, Alias | Record<string, Alias>>;
    resolveExtensions?: string[];
    rules?: Record<string, Rule | (Loader | Rule)[]>;
    ignoreIssue?: { path: string | RegExp; title?: string | RegExp; description?: string | RegExp }[];
    debugIds?: boolean;
    chunkLoadingGlobal?: string;
  }

  interface LoggingConfig {
    fetches?: { fullUrl?: boolean; hmrRefreshes?: boolean };
    incomingRequests?: boolean | { ignore?: RegExp[] };
    serverFunctions?: boolean;
    browserToTerminal?: boolean | 'error' | 'warn';
  }

  interface ReactCompilerOptions {
    compilationMode?: 'all' | 'annotation' | 'infer';
    panicThreshold?: 'all_errors' | 'critical_errors' | 'none';
    environment?: { enablePreserveExistingMemoizationGuarantees?: boolean };
  }

  interface EmotionConfig {
    autoLabel?: 'always' | 'dev-only' | 'never';
    labelFormat?: string;
    sourceMap?: boolean;
    importMap?: {
      [module: string]: {
        [name: string]: { canonicalImport?: [string, string]; styledBaseImport?: [string, string] };
      };
    };
  }

  interface StyledComponentsConfig {
    cssProp?: boolean;
    displayName?: boolean;
    fileName?: boolean;
    meaninglessFileNames?: string[];
    minify?: boolean;
    namespace?: string;
    pure?: boolean;
    ssr?: boolean;
    topLevelImportPaths?: string[];
    transpileTemplateLiterals?: boolean;
  }

  type CssChunking =
    | boolean
    | 'graph'
    | 'loose'
    | 'strict'
    | { type: 'loose' }
    | { type: 'strict' }
    | { type: 'graph'; requestCost?: number; weightDistribution?: number };

  type CssFeature =
    | 'clamp-function'
    | 'color-function'
    | 'colors'
    | 'custom-media-queries'
    | 'dir-selector'
    | 'double-position-gradients'
    | 'font-family-system-ui'
    | 'hex-alpha-colors'
    | 'is-selector'
    | 'lab-colors'
    | 'lang-selector-list'
    | 'light-dark'
    | 'logical-properties'
    | 'media-interval-syntax'
    | 'media-queries'
    | 'media-range-syntax'
    | 'nesting'
    | 'not-selector-list'
    | 'oklab-colors'
    | 'p3-colors'
    | 'selectors'
    | 'space-separated-color-notation'
    | 'text-decoration-thickness-percent'
    | 'vendor-prefixes';

  interface LightningCssFeatures {
    include?: CssFeature[];
    exclude?: CssFeature[];
  }

  export type {
    CssChunking,
    EmotionConfig,
    LightningCssFeatures,
    LoggingConfig,
    ReactCompilerOptions,
    StyledComponentsConfig,
    TurbopackOptions,
  };
}
