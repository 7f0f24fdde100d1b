/**
 * Draft mode: a cookie with a secret of the build, which lets its bearer see what is not published yet.
 *
 * The secret is compared in constant time, and switching the mode on without one is an error, not a mode that
 * anyone can have.
 */
import { forbidInCached } from '../cache/context.ts';
import { interruptGeneration } from '../cache/dynamic/dynamic.ts';
import { isDevelopment, settings } from '../handler/host.ts';
import type { CallScope } from '../handler/scope.ts';
import type { CallCookies } from './call-cookies.ts';
import { forbidUnderDynamicError } from './dynamic-error.ts';

const COOKIE = '__prerender_bypass';

export class DraftMode {
  #scope: CallScope;
  #cookies: CallCookies;

  constructor(scope: CallScope, cookies: CallCookies) {
    this.#scope = scope;
    this.#cookies = cookies;
  }

  /** Whether the client's cookie has the secret, or this call has switched the mode. */
  get isEnabled(): boolean {
    return this.#scope.isDraft ?? isDraftCall(this.#scope);
  }

  enable(): void {
    this.#checkPhase('draftMode().enable()');
    const secret = settings()?.draftModeId ?? null;
    if (secret === null) {
      throw new Error(
        '`draftMode().enable()` needs the secret that `routewerk build` writes, and this build has none: build the project again',
      );
    }
    this.#cookies.set({ name: COOKIE, value: secret, ...attributes() });
    this.#scope.isDraft = true;
  }

  disable(): void {
    this.#checkPhase('draftMode().disable()');
    this.#cookies.set({ name: COOKIE, value: '', ...attributes(), expires: new Date(0) });
    this.#scope.isDraft = false;
  }

  #checkPhase(expression: string): void {
    if (this.#scope.phase === 'after') {
      throw new Error(
        `Route ${this.#scope.route} used "${expression}" inside \`after()\`. The enabled status of \`draftMode()\` can be ` +
          'read inside `after()` but you cannot enable or disable `draftMode()`. See more info here: ' +
          'https://nextjs.org/docs/app/api-reference/functions/after',
      );
    }
    forbidInCached(expression);
    forbidUnderDynamicError(this.#scope, expression);
    interruptGeneration(this.#scope.work, expression);
  }
}

/**
 * Whether a call sees drafts: then nothing that is kept is used, and nothing is kept. What counts is what the client has sent,
 * also where the handler of a static route does not see its cookies, and where the call has switched the mode since: that is
 * for the requests that follow.
 */
export function isDraftCall(scope: CallScope): boolean {
  let isDraft = sentDrafts.get(scope);
  if (isDraft === undefined) {
    isDraft = isSecret(scope.request.cookies.get(COOKIE)?.value);
    sentDrafts.set(scope, isDraft);
  }
  return isDraft;
}

/** What is known of calls: their cookies cannot be read everywhere. */
const sentDrafts = new WeakMap<CallScope, boolean>();

function attributes(): { httpOnly: true; sameSite: 'lax' | 'none'; secure: boolean; path: '/' } {
  const isDev = isDevelopment();
  return { httpOnly: true, sameSite: isDev ? 'lax' : 'none', secure: !isDev, path: '/' };
}

/** Compares in a time that does not tell how much of it is right. */
function isSecret(value: string | undefined): boolean {
  const secret = settings()?.draftModeId ?? null;
  if (value === undefined || secret === null || value.length !== secret.length || secret.length === 0) {
    return false;
  }
  let difference = 0;
  for (let index = 0; index < secret.length; index += 1) {
    difference |= secret.charCodeAt(index) ^ value.charCodeAt(index);
  }
  return difference === 0;
}
