export default { basePath: '/base' };
