// Evaluates one next.config in a process of its own and writes what it found as JSON to a file.
//
// Runs under Node.js, Bun and Deno. Standard output and standard error belong to the user's code; the result goes to
// `job.output`. Whatever JSON cannot say (functions, regular expressions, `undefined`, …) is written as an object with
// the key `$`; `value.rs` reads it. An error carries the place of the first stack frame in the user's own files; a
// syntax error, whose place only the runtime's own report has, is thrown again and reported by the runtime.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const MAX_DEPTH = 64
const MAX_VALUES = 200_000

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const environmentBefore = { ...process.env }
let valuesLeft = MAX_VALUES

/** A value as JSON, with `$` objects for what JSON cannot say. */
function describe(value, ancestors = []) {
  valuesLeft -= 1
  if (valuesLeft < 0) throw new Error(`the configuration has more than ${MAX_VALUES} values`)
  switch (typeof value) {
    case 'undefined':
      return { $: 'undefined' }
    case 'number':
      if (Number.isFinite(value)) return value
      return { $: 'number', text: String(value) }
    case 'function':
      return { $: 'function' }
    case 'bigint':
    case 'symbol':
      return { $: 'other', type: typeof value, text: String(value) }
    case 'object':
      return value === null ? null : describeObject(value, ancestors)
    default:
      return value
  }
}

function describeObject(value, ancestors) {
  if (ancestors.includes(value)) return { $: 'other', type: 'object', text: '[circular]' }
  if (ancestors.length >= MAX_DEPTH) return { $: 'other', type: 'object', text: '[too deep]' }
  const inside = [...ancestors, value]
  if (Array.isArray(value)) return value.map((item) => describe(item, inside))
  if (value instanceof RegExp) return { $: 'regexp', source: value.source, flags: value.flags }
  if (value instanceof URL) return { $: 'url', href: value.href }
  if (value instanceof Map) return { $: 'other', type: 'map', text: 'Map' }
  if (value instanceof Set) return { $: 'other', type: 'set', text: 'Set' }
  if (value instanceof Date) return { $: 'other', type: 'date', text: String(value) }
  if (typeof value.then === 'function' && typeof value.catch === 'function') {
    return { $: 'other', type: 'promise', text: 'Promise' }
  }
  const entries = Object.keys(value).map((key) => [key, describe(value[key], inside)])
  if (entries.some(([key]) => key === '$')) return { $: 'object', entries }
  return Object.fromEntries(entries)
}

/** The names and values that the user's code set, and the names that it removed. */
function environmentChanges() {
  const set = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (environmentBefore[name] !== value) set[name] = value
  }
  const removed = Object.keys(environmentBefore).filter((name) => process.env[name] === undefined)
  return { set, removed }
}

/** Where the user's code was when it failed. */
function placeOf(stack) {
  for (const line of String(stack).split('\n')) {
    const match = /(?:\(|\s|@)((?:file:\/\/)?\/[^()]+?):(\d+):(\d+)\)?$/.exec(line)
    if (match === null) continue
    const file = match[1].startsWith('file:') ? fileURLToPath(match[1]) : match[1]
    if (file === job.script || file.includes('/node_modules/')) continue
    return { file, line: Number(match[2]), column: Number(match[3]) }
  }
  return undefined
}

function describeError(error, during) {
  const isError = error instanceof Error || (typeof error === 'object' && error !== null && 'stack' in error)
  const name = isError ? `${error.name}: ${error.message}` : String(error)
  const code = isError && typeof error.code === 'string' ? error.code : undefined
  return { during, message: name, code, place: isError ? placeOf(error.stack) : undefined }
}

function finish(result) {
  writeFileSync(job.output, JSON.stringify(result))
  process.exit(0)
}

/** What a module exports as its configuration, as Next.js takes it. */
function exported(module) {
  let value = 'default' in module ? module.default : module
  // A CommonJS module that was compiled from an ES module.
  if (value !== null && typeof value === 'object' && value.__esModule === true && 'default' in value) {
    value = value.default
  }
  return value || module
}

async function evaluate() {
  const started = Date.now()
  let value
  try {
    value = exported(await import(pathToFileURL(job.file).href))
  } catch (error) {
    if (error instanceof SyntaxError && placeOf(error.stack) === undefined) {
      setImmediate(() => {
        throw error
      })
      return
    }
    finish({ error: describeError(error, 'load') })
  }
  try {
    if (typeof value === 'function') value = value(job.phase, { defaultConfig: job.defaultConfig })
    value = await value
  } catch (error) {
    finish({ error: describeError(error, 'call') })
  }
  const rules = {}
  for (const name of job.rules) {
    const rule = value?.[name]
    if (typeof rule !== 'function') continue
    try {
      rules[name] = describe(await rule.call(value))
    } catch (error) {
      finish({ error: describeError(error, name) })
    }
  }
  let described
  try {
    described = describe(value)
  } catch (error) {
    finish({ error: describeError(error, 'describe') })
  }
  finish({ config: described, rules, environment: environmentChanges(), millis: Date.now() - started })
}

await evaluate()
