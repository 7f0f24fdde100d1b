export default { basePath: '/base', trailingSlash: true };
