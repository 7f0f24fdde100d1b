export * from '../../lib/handlers';
