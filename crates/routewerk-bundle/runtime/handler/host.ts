/**
 * What the handler half needs of the process around it, in one place per worker: settings, log, source maps. The modules
 * that users import (`next/headers`, `next/navigation` …) are functions without a way to be passed something, so it
 * is kept here. `setHost` is called once, before any user code runs.
 */
import { describe } from '../log/describe.ts';
import type { Ask, ConfigModule, ConfigModules, HandlerSettings, LoadConfigExport, Log, LogLevel, MapStack } from './ports.ts';

/** The surroundings of the handler half. */
export interface Host {
  readonly settings: HandlerSettings;
  readonly log: Log;
  readonly mapStack: MapStack;
  readonly ask: Ask;
  /** The modules that next.config names; absent is none. */
  readonly configModules?: ConfigModules;
  readonly loadConfigExport?: LoadConfigExport;
}

let host: Host | null = null;

/** Names the surroundings. */
export function setHost(given: Host): void {
  host = given;
}

/** The settings; null before `setHost`, which only user code at module level of a preload could see. */
export function settings(): HandlerSettings | null {
  return host?.settings ?? null;
}

/** Whether the worker serves `routewerk dev`. */
export function isDevelopment(): boolean {
  return host?.settings.mode === 'development';
}

/** The modules that next.config names. */
export function configModules(): ConfigModules {
  return host?.configModules ?? {};
}

/** What a module exports that next.config names. Rejects with what it has thrown. */
export async function loadConfigExport(module: ConfigModule): Promise<{ readonly value: unknown }> {
  const load = host?.loadConfigExport;
  if (load === undefined) {
    throw new Error(`\`${module.file}\` was asked for before the worker was ready`);
  }
  return load(module);
}

/** Asks the front. */
export async function ask(topic: string, value: unknown): Promise<unknown> {
  if (host === null) {
    throw new Error(`\`${topic}\` was asked before the worker was ready`);
  }
  return host.ask(topic, value);
}

/** A failure as the log shows it. */
export function failureText(failure: unknown): string {
  return describe(failure, host?.mapStack ?? ((stack) => stack));
}

/** Writes a line or several to the log. */
export function log(level: LogLevel, text: string): void {
  host?.log(level, text);
}

/** Logs a failure as Next.js does: `⨯ `, then the value. */
export function logFailure(failure: unknown, prefix = ''): void {
  if (host !== null) {
    host.log('error', `⨯ ${prefix}${describe(failure, host.mapStack)}`);
  }
}

/** Logs a value after a text, without the sign of failure. */
export function logValue(level: LogLevel, prefix: string, value: unknown): void {
  if (host !== null) {
    host.log(level, `${prefix}${describe(value, host.mapStack)}`);
  }
}
