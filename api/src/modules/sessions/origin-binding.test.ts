import { describe, expect, it } from '@jest/globals';
import { originToBind, sameOrigin } from './origin-binding.js';

describe('B-20: a session is bound to what the browser says', () => {
  it('takes the origin of an Origin header', () => {
    expect(originToBind('https://app.example.com')).toBe('https://app.example.com');
    expect(originToBind('https://app.example.com:8443')).toBe('https://app.example.com:8443');
  });

  it('binds nothing to what is no origin', () => {
    for (const header of [undefined, 'null', '', 'app.example.com', 'file:///etc', 'data:text/html,x', `https://${'a'.repeat(400)}.example`]) expect(originToBind(header)).toBeUndefined();
  });

  it('compares whole origins, whatever the case or a last slash', () => {
    expect(sameOrigin('https://App.Example.com', 'https://app.example.com/', false)).toBe(true);
    expect(sameOrigin('https://app.example.com', 'http://app.example.com', false)).toBe(false);
    expect(sameOrigin('https://app.example.com', 'https://app.example.com.evil.example', false)).toBe(false);
    expect(sameOrigin('https://app.example.com', 'https://evil-app.example.com', false)).toBe(false);
  });

  it('takes local addresses for one place outside production alone', () => {
    expect(sameOrigin('http://localhost:3000', 'http://127.0.0.1:8000', true)).toBe(true);
    expect(sameOrigin('http://localhost:3000', 'http://127.0.0.1:8000', false)).toBe(false);
    expect(sameOrigin('http://localhost:3000', 'http://localhost.evil.example:3000', true)).toBe(false);
  });
});
