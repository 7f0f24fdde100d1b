/**
 * `experimental` of next.config: names and values that Next.js accepts. Few of them concern handlers.
 * The rest is here so that a project's own next.config.ts type-checks without the package.
 */

declare module 'next/dist/server/config-experimental' {
  import type { NextConfig } from 'next/dist/server/config-shared';
  import type { CssChunking, LightningCssFeatures } from 'next/dist/server/config-tools';
  import type { SizeLimit } from 'next';

  interface ExperimentalConfig {
    // Handlers and the proxy.
    /** Whether `forbidden()` and `unauthorized()` may be called. */
    authInterrupts?: boolean;
    caseSensitiveRoutes?: boolean;
    externalMiddlewareRewritesResolve?: boolean;
    externalProxyRewritesResolve?: boolean;
    middlewareClientMaxBodySize?: SizeLimit;
    /** The bytes of a body that a handler behind a proxy gets. */
    proxyClientMaxBodySize?: SizeLimit;
    proxyTimeout?: number;
    removeUncaughtErrorAndRejectionListeners?: boolean;
    serverActions?: { allowedOrigins?: string[]; bodySizeLimit?: SizeLimit };
    serverComponentsExternalPackages?: string[];

    // What is kept.
    allowedRevalidateHeaderKeys?: string[];
    cacheComponents?: boolean;
    cacheHandlers?: NextConfig['cacheHandlers'];
    cacheLife?: NextConfig['cacheLife'];
    cachedNavigations?: boolean;
    coldCacheBadge?: boolean;
    disableResumeDataCacheCompression?: boolean;
    durableUseCacheEntries?: boolean;
    expireTime?: number;
    fetchCacheKeyPrefix?: string;
    isrFlushToDisk?: boolean;
    maxPostponedStateSize?: SizeLimit;
    multiZoneDraftMode?: boolean;
    ppr?: boolean | 'incremental';
    prerenderEarlyExit?: boolean;
    staleTimes?: { dynamic?: number; static?: number };
    staticGenerationMaxConcurrency?: number;
    staticGenerationMinPagesPerWorker?: number;
    staticGenerationRetryCount?: number;
    useCache?: boolean;
    useCacheStaticRootParamTracking?: boolean;
    useCacheTimeout?: number;

    // The build.
    agentFeedback?: boolean;
    agentUpgrade?: false | 'experimental-future' | 'latest' | 'security';
    allowDevelopmentBuild?: true;
    bundlePagesExternals?: boolean;
    collapseAdapterRoutes?: boolean;
    cpus?: number;
    craCompat?: boolean;
    defaultTestRunner?: 'playwright';
    deferredEntries?: string[];
    disablePostcssPresetEnv?: boolean;
    esmExternals?: boolean | 'loose';
    extensionAlias?: Record<string, any>;
    externalDir?: boolean;
    fallbackNodePolyfills?: false;
    forceSwcTransforms?: boolean;
    fullySpecified?: boolean;
    gzipSize?: boolean;
    largePageDataBytes?: number;
    lockDistDir?: boolean;
    mdxRs?:
      | boolean
      | {
          development?: boolean;
          jsx?: boolean;
          jsxImportSource?: string;
          jsxRuntime?: string;
          mdxType?: 'commonmark' | 'gfm';
          providerImportSource?: string;
        };
    memoryBasedWorkersCount?: boolean;
    onBeforeDeferredEntries?: () => Promise<void>;
    optimizePackageImports?: string[];
    outputHashSalt?: string;
    parallelServerBuildTraces?: boolean;
    parallelServerCompiles?: boolean;
    preloadEntriesOnStart?: boolean;
    reportSystemEnvInlining?: 'error' | 'warn';
    runtimeServerDeploymentId?: boolean;
    serverMinification?: boolean;
    serverSourceMaps?: boolean;
    slowModuleDetection?: { buildTimeThresholdMs: number };
    strictRouteTypes?: boolean;
    supportsImmutableAssets?: boolean;
    swcEnvOptions?: {
      coreJs?: string;
      debug?: boolean;
      exclude?: string[];
      forceAllTransforms?: boolean;
      include?: string[];
      loose?: boolean;
      mode?: 'entry' | 'usage';
      shippedProposals?: boolean;
      skip?: string[];
    };
    swcPlugins?: [string, Record<string, unknown>][];
    swcTraceProfiling?: boolean;
    typedEnv?: boolean;
    typedRoutes?: boolean;
    urlImports?: any;
    useSkewCookie?: boolean;
    useTypeScriptCli?: boolean;
    useWasmBinary?: boolean;
    webpackBuildWorker?: boolean;
    webpackMemoryOptimizations?: boolean;
    workerThreads?: boolean;

    // Turbopack.
    turbopackAdditionalRoots?: Record<string, { path: string; ignoreIfMissing?: boolean }>;
    turbopackChunking?: {
      clusters?: RegExp[][];
      firstPageLoadPriority?: number;
      generateComponentChunks?: boolean;
      maxChunkCountPerGroup?: number;
      maxMergeChunkSize?: number;
      minChunkSize?: number;
      minComponentChunkSize?: number;
      priorityBoost?: number;
      priorityRoutes?: RegExp[];
      requestCost?: number;
    };
    turbopackCjsScopeHoisting?: boolean;
    turbopackCjsTreeShaking?: boolean;
    turbopackClientSideNestedAsyncChunking?: boolean;
    turbopackCrossModuleConstants?: boolean;
    turbopackFileSystemCacheForBuild?: boolean;
    turbopackFileSystemCacheForDev?: boolean;
    turbopackGc?: boolean | { minProgressMs?: number; rootTtlMs?: number };
    turbopackImportTypeBytes?: boolean;
    turbopackInferModuleSideEffects?: boolean;
    turbopackInputSourceMaps?: boolean;
    turbopackLazyDynamicImports?: boolean;
    turbopackLazyDynamicImportsSSR?: boolean;
    turbopackLocalPostcssConfig?: boolean;
    turbopackMangleExportNames?: boolean;
    turbopackMangleViaMaterializedNamespaceObject?: boolean;
    turbopackMemoryEviction?: false | 'auto' | 'full';
    turbopackMinify?: boolean | { client?: boolean; edge?: boolean; server?: boolean };
    turbopackModuleFragments?: boolean;
    turbopackModuleIds?: 'deterministic' | 'named';
    turbopackPluginRuntimeStrategy?: 'childProcesses' | 'forceWorkerThreads' | 'workerThreads';
    turbopackRemoveUnusedExports?: boolean;
    turbopackRemoveUnusedImports?: boolean;
    turbopackRustReactCompiler?: boolean;
    turbopackScopeHoisting?: boolean;
    turbopackSeedCacheFromWorktree?: boolean;
    turbopackServerFastRefresh?: boolean;
    turbopackServerSideNestedAsyncChunking?: boolean;
    turbopackSharedRuntime?: boolean;
    turbopackSourceMaps?: boolean;
    turbopackStaleOutputMaxAge?: number;
    turbopackUseBuiltinBabel?: boolean;
    turbopackUseBuiltinSass?: boolean;
    turbopackWorkerAssetPrefix?: string;

    // Development and debugging.
    browserDebugInfoInTerminal?:
      | boolean
      | 'error'
      | 'verbose'
      | 'warn'
      | {
          depthLimit?: number;
          edgeLimit?: number;
          level?: 'error' | 'verbose' | 'warn';
          showSourceLocation?: boolean;
        };
    clientTraceMetadata?: string[];
    devMemoryThresholdRestart?: boolean;
    devValidationWorker?: boolean;
    exposeRuntimeErrorsToHMR?: boolean;
    exposeTestingApiInProductionBuild?: boolean;
    hideLogsAfterAbort?: boolean;
    instantInsights?: {
      validationLevel?: 'experimental-error' | 'experimental-manual-error' | 'manual-warning' | 'warning';
    };
    mcpServer?: boolean;
    reactDebugChannel?: boolean;
    requestInsights?: boolean;
    serverComponentsHmrCache?: boolean;
    serverComponentsHmrCancellation?: boolean;
    testProxy?: boolean;

    // Pages, styles, images and the browser.
    appNavFailHandling?: boolean;
    blockingSSR?: boolean;
    clientParamParsingOrigins?: string[];
    clientRouterFilter?: boolean;
    clientRouterFilterAllowedRate?: number;
    clientRouterFilterRedirects?: boolean;
    concurrentRouterQueue?: boolean;
    cssChunking?: CssChunking;
    disableOptimizedLoading?: boolean;
    dynamicOnHover?: boolean;
    explicitParallelRouteChildren?: boolean;
    gestureTransition?: boolean;
    globalNotFound?: boolean;
    imgOptConcurrency?: number | null;
    imgOptMaxInputPixels?: number;
    imgOptMozjpeg?: boolean;
    imgOptOperationCache?: boolean | null;
    imgOptSequentialRead?: boolean | null;
    imgOptTimeoutInSeconds?: number;
    inlineCss?: boolean;
    instrumentationClientRouterTransitionEvents?: boolean;
    lightningCssFeatures?: LightningCssFeatures;
    linkNoTouchStart?: boolean;
    manualClientBasePath?: boolean;
    middlewarePrefetch?: 'flexible' | 'strict';
    nextScriptWorkers?: boolean;
    optimisticClientCache?: boolean;
    optimisticRouting?: boolean;
    optimizeCss?: boolean | Record<string, unknown>;
    optimizeServerReact?: boolean;
    parallelRouteMetadata?: boolean;
    prefetchInlining?: boolean | { maxBundleSize?: number; maxSize?: number };
    proxyPrefetch?: 'flexible' | 'strict';
    reactBrowserBailout?: boolean;
    scrollRestoration?: boolean;
    sri?: { algorithm?: 'sha256' | 'sha384' | 'sha512' };
    taint?: boolean;
    transitionIndicator?: boolean;
    useLightningcss?: boolean;
    useOffline?: boolean;
    validateRSCRequestHeaders?: boolean;
    varyParams?: boolean;
    webVitalsAttribution?: ('CLS' | 'FCP' | 'INP' | 'LCP' | 'TTFB')[];
  }

  export type { ExperimentalConfig };
}
