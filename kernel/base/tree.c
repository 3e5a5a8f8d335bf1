/* SPDX-License-Identifier: MIT */
/*
 * tree.c - red-black trees (Cormen et al., "Introduction to Algorithms",
 * chapter 13), without sentinel, without recursion, without allocation.
 *
 * (B1) The root is black, and a red node has no red child.
 * (B2) Every way from the root to a missing child has the same number of
 *      black nodes: so no way is more than twice as long as another.
 * (B3) In order, no node is `less` than one before it.
 *
 * Insertion hangs a red leaf in and mends (B1); removal takes a node with at
 * most one child out and mends (B2).  Mending rotates: (B3) holds always.
 *
 * The two sides of a mirror image are written once: a node's child is reached
 * by `child(node, right)`.
 */
#include "kernel/base/tree.h"

static struct tree_node **
child(struct tree_node *node, bool right)
{
    return right ? &node->right : &node->left;
}

static bool
is_red(const struct tree_node *node)
{
    return node != NULL && node->red;
}

static bool
is_right(const struct tree_node *node)
{
    return node->parent != NULL && node->parent->right == node;
}

/* The pointer that holds `node`: its parent's, or the root. */
static struct tree_node **
holder(struct tree *tree, struct tree_node *node)
{
    if (node->parent == NULL)
        return &tree->root;
    return child(node->parent, is_right(node));
}

static void
update(struct tree *tree, struct tree_node *node)
{
    if (tree->tree_update != NULL && node != NULL)
        tree->tree_update(node);
}

/*
 * tree_changed - bring the summaries from `node` up to the root up to date.
 */
void
tree_changed(struct tree *tree, struct tree_node *node)
{
    if (tree->tree_update == NULL)
        return;
    for (; node != NULL; node = node->parent)
        tree->tree_update(node);
}

/* Puts `node` (NULL: nothing) where `old` hangs. */
static void
replace(struct tree *tree, struct tree_node *old, struct tree_node *node)
{
    *holder(tree, old) = node;
    if (node != NULL)
        node->parent = old->parent;
}

/*
 * Turns the edge to the child on the other side, so that `node` goes down on
 * the side `right`:
 *
 *        node                 pivot
 *       /    \       left     /    \
 *      a    pivot   ------> node    c
 *           /   \           /  \
 *          b     c         a    b
 */
static void
rotate(struct tree *tree, struct tree_node *node, bool right)
{
    struct tree_node *pivot = *child(node, !right);
    struct tree_node *between = *child(pivot, right);

    replace(tree, node, pivot);
    *child(node, !right) = between;
    if (between != NULL)
        between->parent = node;
    *child(pivot, right) = node;
    node->parent = pivot;
    update(tree, node);
    update(tree, pivot);
}

/* Mends (B1) where a red `node` hangs below a red parent. */
static void
mend_insertion(struct tree *tree, struct tree_node *node)
{
    while (is_red(node->parent)) {
        struct tree_node *parent = node->parent;
        struct tree_node *top = parent->parent;
        bool side = is_right(parent);
        struct tree_node *uncle = *child(top, !side);

        if (is_red(uncle)) {
            parent->red = false;
            uncle->red = false;
            top->red = true;
            node = top;
            continue;
        }
        if (is_right(node) != side) {
            rotate(tree, parent, side);
            parent = node;
        }
        parent->red = false;
        top->red = true;
        rotate(tree, top, !side);
        break;
    }
    tree->root->red = false;
}

/*
 * tree_insert - add a node, behind those that are equal to it.
 */
void
tree_insert(struct tree *tree, struct tree_node *node, tree_less_t less)
{
    struct tree_node *parent = NULL;
    struct tree_node **link = &tree->root;

    while (*link != NULL) {
        parent = *link;
        link = child(parent, !less(node, parent));
    }
    node->parent = parent;
    node->left = NULL;
    node->right = NULL;
    node->red = true;
    *link = node;
    tree_changed(tree, node);
    mend_insertion(tree, node);
}

/*
 * Mends (B2) where the side `side` below `parent` is one black node short.
 * The sibling there exists: its side has at least one black node more.
 */
static void
mend_removal(struct tree *tree, struct tree_node *parent, bool side)
{
    while (parent != NULL) {
        struct tree_node *sibling = *child(parent, !side);

        if (is_red(sibling)) {
            sibling->red = false;
            parent->red = true;
            rotate(tree, parent, side);
            sibling = *child(parent, !side);
        }
        if (is_red(sibling->left) || is_red(sibling->right)) {
            if (!is_red(*child(sibling, !side))) {
                (*child(sibling, side))->red = false;
                sibling->red = true;
                rotate(tree, sibling, !side);
                sibling = *child(parent, !side);
            }
            sibling->red = parent->red;
            parent->red = false;
            (*child(sibling, !side))->red = false;
            rotate(tree, parent, side);
            return;
        }
        sibling->red = true;
        if (parent->red) {
            parent->red = false;
            return;
        }
        side = is_right(parent);
        parent = parent->parent;
    }
}

/* Takes out a node that has at most one child, which takes its place. */
static void
unhang(struct tree *tree, struct tree_node *node)
{
    struct tree_node *only = node->left != NULL ? node->left : node->right;
    struct tree_node *parent = node->parent;
    bool side = is_right(node);

    replace(tree, node, only);
    tree_changed(tree, parent);
    if (only != NULL)
        only->red = false; /* an only child is red, and below a black node */
    else if (!node->red)
        mend_removal(tree, parent, side);
}

/* Gives `node`'s place, with its colour and children, to `heir`. */
static void
succeed(struct tree *tree, struct tree_node *node, struct tree_node *heir)
{
    replace(tree, node, heir);
    heir->red = node->red;
    heir->left = node->left;
    heir->right = node->right;
    if (heir->left != NULL)
        heir->left->parent = heir;
    if (heir->right != NULL)
        heir->right->parent = heir;
    tree_changed(tree, heir);
}

/*
 * tree_remove - take a node out of the tree that it is in.
 *
 * A node with two children gives its place to the next in order, which has no
 * left child and is taken out of its own place first.
 */
void
tree_remove(struct tree *tree, struct tree_node *node)
{
    if (node->left != NULL && node->right != NULL) {
        struct tree_node *heir = tree_next(node);

        unhang(tree, heir);
        succeed(tree, node, heir);
    } else {
        unhang(tree, node);
    }
    node->parent = NULL;
    node->left = NULL;
    node->right = NULL;
}

/* The first node in order below `node`, itself if there is none. */
static struct tree_node *
leftmost(struct tree_node *node)
{
    while (node != NULL && node->left != NULL)
        node = node->left;
    return node;
}

struct tree_node *
tree_dismantle(struct tree *tree)
{
    struct tree_node *node = tree->root;

    if (node == NULL)
        return NULL;
    while (node->left != NULL || node->right != NULL)
        node = node->left != NULL ? node->left : node->right;
    *holder(tree, node) = NULL;
    return node;
}

struct tree_node *
tree_first(const struct tree *tree)
{
    return leftmost(tree->root);
}

struct tree_node *
tree_next(const struct tree_node *node)
{
    if (node->right != NULL)
        return leftmost(node->right);
    while (is_right(node))
        node = node->parent;
    return node->parent;
}
