/** A module of both runtimes: each has its own copy, and the branch that it does not take may name `node:fs`. */
export async function where() {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { existsSync } = await import('node:fs');
    return { runtime: 'nodejs', exists: existsSync('/') };
  }
  return { runtime: process.env.NEXT_RUNTIME, exists: null };
}
