/**
 * `next/constants`: the phases with which a next.config function is called.
 */

declare module 'next/constants' {
  export const PHASE_ANALYZE = 'phase-analyze';
  export const PHASE_DEVELOPMENT_SERVER = 'phase-development-server';
  export const PHASE_EXPORT = 'phase-export';
  export const PHASE_INFO = 'phase-info';
  export const PHASE_PRODUCTION_BUILD = 'phase-production-build';
  export const PHASE_PRODUCTION_SERVER = 'phase-production-server';
  export const PHASE_TEST = 'phase-test';

  /** One of the phases. */
  export type PHASE_TYPE =
    | typeof PHASE_ANALYZE
    | typeof PHASE_DEVELOPMENT_SERVER
    | typeof PHASE_EXPORT
    | typeof PHASE_INFO
    | typeof PHASE_PRODUCTION_BUILD
    | typeof PHASE_PRODUCTION_SERVER
    | typeof PHASE_TEST;
}

declare module 'next/constants.js' {
  export * from 'next/constants';
}
