// tests/book/peers/k6.js
import http from 'k6/http';
import { check, group, sleep } from 'k6';

export const options = {
  scenarios: {
    visits: { executor: 'shared-iterations', vus: 5, iterations: 20 },
  },
  thresholds: {
    http_req_duration: ['p(95)<1000'],
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
  },
};

const shop = __ENV.SHOP_URL;

export default function () {
  const user = `user-${__VU}`;
  group('Log in', () => {
    http.post(`${shop}/login`, { user, password: `secret-${__VU}` });
  });
  for (const item of [1, 2, 3]) {
    group('Look', () => {
      const found = http.get(`${shop}/items/${item}`);
      check(found, { 'has a price': (r) => r.json('price') === item * 10 });
    });
    sleep(0.1 + Math.random() * 0.2);
  }
  group('Order', () => {
    const headers = { 'Content-Type': 'application/json' };
    http.post(`${shop}/orders`, JSON.stringify({ item: 3 }), { headers });
  });
}
