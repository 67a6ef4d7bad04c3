// validatorUrl: null keeps the page from asking a validator on the internet.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });
