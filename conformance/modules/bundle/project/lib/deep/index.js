export * from './one';
export * as two from './two';
export { default } from './one';
